"""The branches of a CEL condition, found by its brackets: operands of "or" and arms of "? :" at any depth."""

import re


def operands(source: str) -> list[str]:
    """Every operand of an "or" and every arm of a choice; none where the condition has neither."""
    text = source.strip()
    while _wrapped(text):
        text = text[1:-1].strip()
    for separator in ("?", "||"):
        parts = _split(text, separator)
        if len(parts) > 1:
            arms = _split(parts[1], ":") if separator == "?" else parts
            heads = [parts[0]] if separator == "?" else []
            return [one.strip() for one in arms] + [found for one in (*heads, *arms) for found in operands(one)]
    conjuncts = _split(text, "&&")
    return [found for one in conjuncts for found in operands(one)] if len(conjuncts) > 1 else []


def _wrapped(text: str) -> bool:
    if not text.startswith("("):
        return False
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return place == len(text) - 1
    return False


def _split(text: str, separator: str) -> list[str]:
    """Split at ``separator`` outside brackets; a choice is split once, since it nests to the right."""
    depth, start, parts = 0, 0, []
    for match in re.finditer(r"[()\[\]]|\|\||&&|\?|:", text):
        sign = match.group()
        depth += (sign in "([") - (sign in ")]")
        if depth == 0 and sign == separator:
            parts.append(text[start : match.start()])
            start = match.end()
            if separator in "?:":
                break
    return [*parts, text[start:]]

"""Conditions of the policy: the Common Expression Language, with a third truth value for what is not known.

An absent input makes an expression undetermined (None) unless the rest settles it, as CEL's own ``&&`` and ``||`` do.
Expressions cannot loop without end, import, or reach anything outside the values that they are given.
"""

import re
from dataclasses import dataclass

import cel

Truth = bool | None
_REFERENCE = re.compile(r"(?<![\w.'])(answer|score|limit|fact|finding|level|symptom|here|any|imaging)\.(\w+)")
_GUARDED = re.compile(r"has\(\s*(\w+)\.(\w+)")
_STRING = re.compile(r"'[^']*'|\"[^\"]*\"")


@dataclass(frozen=True)
class Expression:
    """A compiled condition, and the inputs that it names: ``required`` ones, and those it first asks for with ``has``."""

    source: str
    program: cel.Program
    references: frozenset[tuple[str, str]]
    required: frozenset[tuple[str, str]]


def compiled(source: str) -> Expression:
    """``source``, ready to be evaluated many times.

    Raises:
        ValueError: it is not CEL, or names something outside the vocabulary.
    """
    program = cel.compile(source)
    bare = _STRING.sub("''", source)
    references = frozenset(_REFERENCE.findall(bare))
    return Expression(source, program, references, references - frozenset(_GUARDED.findall(bare)))


def holds(expression: Expression, context: cel.Context) -> Truth:
    """Whether it is true; None where an input that it needs is absent.

    Raises:
        TypeError: it is not a condition, or compares things that cannot be compared.
    """
    try:
        result = expression.program.execute(context)
    except KeyError:
        return None
    if not isinstance(result, bool):
        raise TypeError("the expression is not a condition")
    return result


def number(expression: Expression, context: cel.Context) -> float | None:
    """Its value as a number; None where an input that it needs is absent.

    Raises:
        TypeError: it is not a number.
    """
    try:
        result = expression.program.execute(context)
    except KeyError:
        return None
    if isinstance(result, bool) or not isinstance(result, int | float):
        raise TypeError("the expression is not a number")
    return float(result)

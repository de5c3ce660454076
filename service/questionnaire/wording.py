"""Short ways to write the project's own items down."""

from service.questionnaire.model import Condition, Item, Operator, Option, Text


def yes_no(code: str, nl: str, en: str, *, required: bool = False, asked_when: tuple[Condition, ...] = ()) -> Item:
    """A yes-or-no question."""
    return Item(code=code, kind="boolean", text=Text(nl=nl, en=en), required=required, asked_when=asked_when)


def whole(code: str, nl: str, en: str, span: tuple[int, int], unit: str | None = None, *, required: bool = False,
          asked_when: tuple[Condition, ...] = ()) -> Item:  # fmt: skip
    """A whole number in ``span``, inclusive; ``unit`` in UCUM."""
    return Item(
        code=code,
        kind="integer",
        text=Text(nl=nl, en=en),
        low=span[0],
        high=span[1],
        unit=unit,
        required=required,
        asked_when=asked_when,
    )


def one_of(code: str, nl: str, en: str, options: dict[str, tuple[str, str]], *, required: bool = False,
           asked_when: tuple[Condition, ...] = ()) -> Item:  # fmt: skip
    """A choice of one; ``options`` is code to (Dutch, English)."""
    return Item(
        code=code,
        kind="choice",
        text=Text(nl=nl, en=en),
        options=_options(options),
        required=required,
        asked_when=asked_when,
    )


def some_of(code: str, nl: str, en: str, options: dict[str, tuple[str, str]], *,
            asked_when: tuple[Condition, ...] = ()) -> Item:  # fmt: skip
    """A choice of any number."""
    return Item(code=code, kind="choices", text=Text(nl=nl, en=en), options=_options(options), asked_when=asked_when)


def when(item: str, operator: Operator, answer: bool | int | str) -> tuple[Condition, ...]:
    """Asked when this condition holds."""
    return (Condition(item=item, operator=operator, answer=answer),)


def _options(options: dict[str, tuple[str, str]]) -> tuple[Option, ...]:
    return tuple(Option(code=code, text=Text(nl=nl, en=en)) for code, (nl, en) in options.items())

"""Answers as they arrive: item code to value, checked against the definition of every item."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ConfigDict, GetJsonSchemaHandler, RootModel, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from service.errors import InvalidAnswersError
from service.questionnaire.model import Item
from service.questionnaire.ndt_clbp import ITEMS

_NAMED = 5
"""Of how many unknown codes a refusal speaks; looking for near ones takes time that a hostile sender could use up."""
Value = bool | int | float | str | tuple[str, ...]


class Answers(RootModel[dict[str, Value]]):
    """Item code to value; an item that was not answered is left out or null.

    Raises:
        InvalidAnswersError: unknown items, wrong types, values out of range; names the items, never the values.
    """

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="wrap")
    @classmethod
    def _check(cls, data: object, _handler: object) -> "Answers":
        if isinstance(data, Answers):
            return data
        return cls.model_construct(root=_checked(data))

    @classmethod
    def __get_pydantic_json_schema__(cls, _core: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {
            "type": "object",
            "title": "Answers",
            "description": "Item code to value; leave out what was not answered",
            "properties": {code: _schema(item) for code, item in ITEMS.items()},
            "additionalProperties": False,
        }

    def get(self, code: str) -> Value | None:
        """The answer, None where there is none."""
        return self.root.get(code)

    def number(self, code: str) -> float | None:
        """The answer to a numeric item."""
        value = self.root.get(code)
        return float(value) if isinstance(value, int | float) else None

    def items(self) -> Iterator[tuple[str, Value]]:
        """What was answered, in the order of the questionnaire."""
        return iter(self.root.items())

    def with_changes(self, changes: Mapping[str, object]) -> "Answers":
        """The same answers with some replaced; None takes an answer away."""
        return Answers.model_validate({**self.root, **changes})


def _checked(data: object) -> dict[str, Value]:
    if not isinstance(data, Mapping):
        raise InvalidAnswersError("The answers must be one JSON object of item code to value")
    strange = [key for key in data if key not in ITEMS]
    faults = [_unknown(key) for key in strange[:_NAMED]]
    given = {code: data[code] for code in ITEMS if data.get(code) is not None}
    faults += [fault for code, value in given.items() if (fault := _fault(ITEMS[code], value))]
    if faults:
        raise InvalidAnswersError("; ".join(faults))
    return {code: _canonical(ITEMS[code], value) for code, value in given.items()}


def _unknown(key: object) -> str:
    near = get_close_matches(str(key)[:40], ITEMS, n=1)
    return f"an item code is not of the questionnaire{f'; did you mean {near[0]}?' if near else ''}"


def _fault(item: Item, value: object) -> str | None:
    if item.kind == "boolean":
        return None if isinstance(value, bool) else f"{item.code} must be true or false"
    if item.kind in ("choice", "choices"):
        return _choice_fault(item, value)
    if isinstance(value, bool) or not isinstance(value, int if item.kind == "integer" else int | float):
        return f"{item.code} must be {'a whole number' if item.kind == 'integer' else 'a number'} {_range(item)}"
    inside = item.low is not None and item.high is not None and item.low <= value <= item.high
    return None if inside else f"{item.code} must be {_range(item)}"


def _choice_fault(item: Item, value: object) -> str | None:
    codes = {option.code for option in item.options}
    chosen = list(value) if item.kind == "choices" and isinstance(value, list | tuple) else [value]
    several = item.kind == "choices"
    right = all(isinstance(one, str) and one in codes for one in chosen) and len(set(map(str, chosen))) == len(chosen)
    if right and (isinstance(value, list | tuple) if several else isinstance(value, str)):
        return None
    return f"{item.code} must be {'a list of' if several else 'one of'} {', '.join(sorted(codes))}"


def _range(item: Item) -> str:
    return f"from {item.low:g} to {item.high:g}{f' {item.unit}' if item.unit else ''}"


def _canonical(item: Item, value: Any) -> Value:  # noqa: ANN401 - checked just before
    return tuple(value) if item.kind == "choices" else value


def _schema(item: Item) -> dict[str, Any]:
    shapes: dict[str, dict[str, Any]] = {
        "boolean": {"type": "boolean"},
        "integer": {"type": "integer", "minimum": item.low, "maximum": item.high},
        "decimal": {"type": "number", "minimum": item.low, "maximum": item.high},
        "choice": {"enum": [option.code for option in item.options]},
    }
    one = {"enum": [option.code for option in item.options]}
    shape = shapes.get(item.kind, {"type": "array", "items": one, "uniqueItems": True})
    return {**shape, "description": item.text.en if item.text else f"{item.code} (licensed wording)"}

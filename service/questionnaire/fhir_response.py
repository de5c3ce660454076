"""Answers to and from a FHIR R4 QuestionnaireResponse (HL7 FHIR 4.0.1), without loss."""

from collections.abc import Iterator, Mapping
from typing import Any

from service.errors import InvalidAnswersError
from service.questionnaire.answers import Answers, Value
from service.questionnaire.fhir import SCORE_PREFIX, SYSTEM, URL, Json
from service.questionnaire.model import Item
from service.questionnaire.ndt_clbp import ITEMS, QUESTIONNAIRE, Questionnaire

_STATUSES = ("in-progress", "completed", "amended")
_DEPTH = 8
_KEYS = {"boolean": "valueBoolean", "integer": "valueInteger", "decimal": "valueDecimal"}


def to_questionnaire_response(answers: Answers, definition: Questionnaire = QUESTIONNAIRE) -> Json:
    """A completed QuestionnaireResponse with the groups of the Questionnaire.

    Answers to alternatives that the form does not ask (EQ-5D-3L) stand at the end, outside its groups.
    """
    groups = [
        {
            "linkId": f"section.{section.id}",
            "item": [
                {"linkId": f"instrument.{one.id}", "item": found}
                for one in section.instruments
                if (found := _answered(answers, one.items))
            ],
        }
        for section in definition.sections
    ]
    asked = {item.code for item in definition.items()}
    others = _answered(answers, tuple(item for code, item in ITEMS.items() if code not in asked))
    items = [group for group in groups if group["item"]] + others
    response = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{URL}|{definition.version}",
        "status": "completed",
    }
    return {**response, "item": items} if items else dict(response)


def from_questionnaire_response(resource: object) -> Answers:
    """The answers in a QuestionnaireResponse; calculated scores are left out and computed anew.

    Raises:
        InvalidAnswersError: not a QuestionnaireResponse to this questionnaire, or answers that break its definition.
    """
    response = _checked(resource)
    given: dict[str, object] = {}
    for entry in _entries(response, _DEPTH):
        code = entry["linkId"]
        if code in given:
            raise InvalidAnswersError(f"{code if code in ITEMS else 'an item'} is answered twice")
        given[code] = _value(entry)
    return Answers.model_validate(given)


def _answered(answers: Answers, items: tuple[Item, ...]) -> list[Json]:
    return [
        {"linkId": item.code, "answer": [_coded(item, one) for one in _each(value)]}
        for item in items
        if (value := answers.get(item.code)) is not None and value != ()
    ]


def _each(value: Value) -> tuple[bool | int | float | str, ...]:
    return value if isinstance(value, tuple) else (value,)


def _coded(item: Item, value: bool | int | float | str) -> Json:
    if item.options:
        return {"valueCoding": {"system": SYSTEM, "code": value}}
    return {_KEYS[item.kind]: value}


def _checked(resource: object) -> Mapping[str, Any]:
    if not isinstance(resource, Mapping) or resource.get("resourceType") != "QuestionnaireResponse":
        raise InvalidAnswersError("a FHIR R4 QuestionnaireResponse is needed")
    canonical = resource.get("questionnaire")
    if canonical is not None and str(canonical).split("|")[0] != URL:
        raise InvalidAnswersError("the QuestionnaireResponse answers another questionnaire")
    if resource.get("status") not in _STATUSES:
        raise InvalidAnswersError(f"the QuestionnaireResponse must be {', '.join(_STATUSES)}")
    return resource


def _entries(node: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
    """Every answered item below ``node``, groups and calculated scores left out."""
    items = node.get("item", [])
    if depth == 0 or not isinstance(items, list):
        raise InvalidAnswersError("the items of the QuestionnaireResponse are not as FHIR has them")
    for item in items:
        if not isinstance(item, Mapping) or not isinstance(item.get("linkId"), str):
            raise InvalidAnswersError("an item of the QuestionnaireResponse has no linkId")
        if item.get("answer") and not item["linkId"].startswith(SCORE_PREFIX):
            yield item
        yield from _entries(item, depth - 1)


def _value(entry: Mapping[str, Any]) -> object:
    """What an item was answered with, or something that its definition refuses."""
    item = ITEMS.get(entry["linkId"])
    answers = entry["answer"] if isinstance(entry["answer"], list) else []
    found = [_one(item, answer) for answer in answers]
    if item is not None and item.kind == "choices":
        return found
    return found[0] if len(found) == 1 else found


def _one(item: Item | None, answer: object) -> object:
    if item is None or not isinstance(answer, Mapping):
        return ()
    if item.options:
        coding = answer.get("valueCoding")
        return coding.get("code", ()) if isinstance(coding, Mapping) else ()
    return answer.get(_KEYS[item.kind], ())

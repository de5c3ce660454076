"""The Questionnaire is FHIR R4, its calculated scores are the service's, and responses go round without loss."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import fhirpathpy
import pytest
from fhir.resources.R4B.questionnaire import Questionnaire as R4BQuestionnaire
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse as R4BResponse
from fhirclient.models.questionnaire import Questionnaire as R4Questionnaire
from fhirclient.models.questionnaireresponse import QuestionnaireResponse as R4Response
from fhirpathpy.models import models
from hypothesis import given, settings
from jsonschema import Draft6Validator

from service.errors import InvalidAnswersError
from service.questionnaire import Answers, score
from service.questionnaire.fhir import URL, questionnaire
from service.questionnaire.fhir_response import from_questionnaire_response, to_questionnaire_response
from service.questionnaire.fhir_scores import calculated, variables
from service.questionnaire.ndt_clbp import QUESTIONNAIRE
from tests.questionnaire.given import any_answers

R4_SCHEMA = json.loads(Path(__file__).with_name("fhir_r4_questionnaire.schema.json").read_text())
PUBLISHED = Path(__file__).parents[2] / "schemas" / "questionnaire.fhir.json"


def faults(resource: dict[str, Any]) -> list[str]:
    """What the R4 JSON schema of HL7 has against a resource."""
    validator = Draft6Validator({**R4_SCHEMA, "$ref": f"#/definitions/{resource['resourceType']}"})
    return [error.message for error in validator.iter_errors(resource)]


def items(resource: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for item in resource.get("item", []):
        found += [item, *items(item)]
    return found


def test_the_questionnaire_is_valid_r4() -> None:
    resource = questionnaire()
    assert faults(resource) == []
    R4Questionnaire(resource, strict=True)
    R4BQuestionnaire.model_validate(resource)


@pytest.mark.parametrize("broken", [{"status": "bogus"}, {"item": [{"linkId": "a", "type": "bogus"}]}, {"nonsense": 1}])
def test_the_validation_itself_refuses_what_is_wrong(broken: dict[str, Any]) -> None:
    assert faults({**questionnaire(), **broken})


def test_link_ids_are_unique_and_conditions_name_questions() -> None:
    every = items(questionnaire())
    links = [item["linkId"] for item in every]
    assert len(links) == len(set(links))
    conditions = [condition for item in every for condition in item.get("enableWhen", [])]
    assert conditions
    assert all(condition["question"] in links for condition in conditions)
    assert all("enableBehavior" in item for item in every if len(item.get("enableWhen", [])) > 1)


def test_every_item_of_the_form_is_there_with_its_range() -> None:
    every = {item["linkId"]: item for item in items(questionnaire())}
    for item in QUESTIONNAIRE.items():
        found = every[item.code]
        limits = [extension for extension in found.get("extension", []) if extension["url"].endswith("Value")]
        assert [next(v for k, v in e.items() if k != "url") for e in limits] == [
            limit for limit in (item.low, item.high) if limit is not None
        ]
        assert len(found.get("answerOption", [])) == len(item.options)


def test_the_published_questionnaire_is_the_one_of_the_code() -> None:
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == questionnaire()


@given(any_answers())
@settings(max_examples=12, deadline=None)
def test_a_response_is_valid_r4_and_goes_round_to_the_same_scores(given: dict[str, object]) -> None:
    answers = Answers.model_validate(given)
    response = to_questionnaire_response(answers)
    assert faults(response) == []
    R4Response(response, strict=True)
    R4BResponse.model_validate(response)
    returned = from_questionnaire_response(json.loads(json.dumps(response)))
    assert returned.root == {code: value for code, value in answers.root.items() if value != ()}
    assert score(returned) == score(answers)


@cache
def parsed(expression: str) -> Callable[..., list[Any]]:
    """FHIRPath, parsed once."""
    compiled: Callable[..., list[Any]] = fhirpathpy.compile(expression, models["r4"])
    return compiled


NUMBERS = [item for item in QUESTIONNAIRE.items() if not item.options]
FULL = {item.code: True if item.kind == "boolean" else int(item.high or 0) for item in NUMBERS}
HALF = {item.code: False if item.kind == "boolean" else int(item.low or 0) for item in NUMBERS}
MIXED = {code: (FULL if place % 3 else HALF)[code] for place, code in enumerate(FULL)}
GAPS = {code: value for place, (code, value) in enumerate(MIXED.items()) if place % 8}


@pytest.mark.parametrize("answers", [FULL, HALF, MIXED, GAPS, {}], ids=["highest", "lowest", "mixed", "gaps", "none"])
def test_calculated_scores_are_those_of_the_service(answers: dict[str, object]) -> None:
    checked = Answers.model_validate(answers)
    response = to_questionnaire_response(checked)
    scores = score(checked)
    context: dict[str, Any] = {"resource": response}
    for name, expression in variables().items():
        context[name] = parsed(expression)(response, context)
    for one in calculated():
        found = parsed(one.expression)(response, context)
        expected = scores.value(one.key)
        assert len(found) == (expected is not None), one.key
        if expected is not None:
            assert float(found[0]) == pytest.approx(expected, abs=1e-6), one.key


@pytest.mark.parametrize(
    "broken",
    [
        None,
        {"resourceType": "Patient"},
        {"resourceType": "QuestionnaireResponse"},
        {"resourceType": "QuestionnaireResponse", "status": "entered-in-error"},
        {"resourceType": "QuestionnaireResponse", "status": "completed", "questionnaire": "urn:other"},
        {"resourceType": "QuestionnaireResponse", "status": "completed", "item": "x"},
        {"resourceType": "QuestionnaireResponse", "status": "completed", "item": [{}]},
        {"resourceType": "QuestionnaireResponse", "status": "completed", "item": [7]},
    ],
)
def test_a_broken_response_is_refused(broken: object) -> None:
    with pytest.raises(InvalidAnswersError):
        from_questionnaire_response(broken)


@pytest.mark.parametrize(
    "item",
    [
        {"linkId": "odi_1", "answer": [{"valueInteger": 9}]},
        {"linkId": "odi_1", "answer": [{"valueDecimal": 2.0}]},
        {"linkId": "odi_1", "answer": [{"valueInteger": 1}, {"valueInteger": 2}]},
        {"linkId": "odi_1", "answer": ["x"]},
        {"linkId": "odi_1", "answer": {"valueInteger": 1}},
        {"linkId": "sex", "answer": [{"valueCoding": "female"}]},
        {"linkId": "sex", "answer": [{"valueCoding": {"display": "vrouw"}}]},
        {"linkId": "unheard_of", "answer": [{"valueInteger": 1}]},
    ],
)
def test_a_broken_answer_is_refused(item: dict[str, Any]) -> None:
    with pytest.raises(InvalidAnswersError):
        from_questionnaire_response({"resourceType": "QuestionnaireResponse", "status": "completed", "item": [item]})


def test_an_item_answered_twice_is_refused() -> None:
    one = {"linkId": "odi_1", "answer": [{"valueInteger": 1}]}
    with pytest.raises(InvalidAnswersError, match="odi_1"):
        from_questionnaire_response(
            {"resourceType": "QuestionnaireResponse", "status": "completed", "item": [one, one]}
        )


def test_nesting_without_end_is_refused() -> None:
    node: dict[str, Any] = {"linkId": "a"}
    for _ in range(50):
        node = {"linkId": "a", "item": [node]}
    with pytest.raises(InvalidAnswersError):
        from_questionnaire_response({"resourceType": "QuestionnaireResponse", "status": "completed", "item": [node]})


def test_calculated_scores_in_a_response_are_not_believed() -> None:
    items = [
        {"linkId": "score.odi_total", "answer": [{"valueDecimal": 99}]},
        {"linkId": "nrs_leg", "answer": [{"valueInteger": 3}]},
    ]
    response = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "questionnaire": f"{URL}|1.0.0",
        "item": items,
    }
    assert from_questionnaire_response(response).root == {"nrs_leg": 3}

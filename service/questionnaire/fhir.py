"""The questionnaire as a FHIR R4 Questionnaire, with the skip logic and the scores that SDC form fillers calculate.

HL7 FHIR 4.0.1, Questionnaire; HL7 SDC 3.0.0, sdc-questionnaire-calculatedExpression. Texts are Dutch, with English in the
standard translation extension.
"""

from typing import Any

from service.questionnaire.fhir_scores import Calculated, calculated, variables
from service.questionnaire.model import Condition, Instrument, Item, Option, Text
from service.questionnaire.ndt_clbp import QUESTIONNAIRE, Questionnaire, Section

URL = "urn:lumbar-triage:questionnaire:ndt-clbp-own"
"""Canonical address; a site that publishes the form under its own address replaces it there."""
SYSTEM = "urn:lumbar-triage:answers"
"""Code system of the options; an option's code is that of the answer."""
SCORE_PREFIX = "score."
_CORE = "http://hl7.org/fhir/StructureDefinition"
_CALCULATED = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression"
_TYPES = {"boolean": "boolean", "integer": "integer", "decimal": "decimal", "choice": "choice", "choices": "choice"}
Json = dict[str, Any]


def questionnaire(definition: Questionnaire = QUESTIONNAIRE) -> Json:
    """A FHIR R4 Questionnaire resource; licensed items carry their code in place of a text that is not ours."""
    return {
        "resourceType": "Questionnaire",
        "extension": [_variable(name, expression) for name, expression in variables().items()],
        "url": URL,
        "version": definition.version,
        "name": "LumbarTriageQuestionnaire",
        **_texted("title", definition.title),
        "status": "active",
        "experimental": False,
        "subjectType": ["Patient"],
        "language": "nl",
        "publisher": "Lumbar Triage",
        **_texted("description", definition.notice),
        "item": [*(_section(section) for section in definition.sections), _scores()],
    }


def _section(section: Section) -> Json:
    return {
        "linkId": f"section.{section.id}",
        **_texted("text", section.title),
        "type": "group",
        "item": [_instrument(instrument) for instrument in section.instruments],
    }


def _instrument(instrument: Instrument) -> Json:
    return {
        "linkId": f"instrument.{instrument.id}",
        **_texted("text", instrument.title),
        "type": "group",
        "item": [_item(item) for item in instrument.items],
    }


def _item(item: Item) -> Json:
    text = item.text or Text(nl=f"{item.code} (tekst onder licentie)", en=f"{item.code} (wording under licence)")
    found: Json = {"linkId": item.code, **_texted("text", text), "type": _TYPES[item.kind], "required": item.required}
    if extensions := _extensions(item):
        found["extension"] = extensions
    if item.kind == "choices":
        found["repeats"] = True
    if item.options:
        found["answerOption"] = [{"valueCoding": _coding(option)} for option in item.options]
    if item.asked_when:
        found["enableWhen"] = [_condition(condition) for condition in item.asked_when]
    if len(item.asked_when) > 1:
        found["enableBehavior"] = "any"
    return found


def _extensions(item: Item) -> list[Json]:
    found: list[Json] = []
    if item.low is not None and item.high is not None:
        key, kind = ("valueInteger", int) if item.kind == "integer" else ("valueDecimal", float)
        found += [
            {"url": f"{_CORE}/minValue", key: kind(item.low)},
            {"url": f"{_CORE}/maxValue", key: kind(item.high)},
        ]
    if item.unit:
        unit = {"system": "http://unitsofmeasure.org", "code": item.unit, "display": item.unit}
        found.append({"url": f"{_CORE}/questionnaire-unit", "valueCoding": unit})
    return found


def _condition(condition: Condition) -> Json:
    answer = condition.answer
    if isinstance(answer, bool):
        value: Json = {"answerBoolean": answer}
    elif isinstance(answer, int):
        value = {"answerInteger": answer}
    elif isinstance(answer, float):
        value = {"answerDecimal": answer}
    else:
        value = {"answerCoding": {"system": SYSTEM, "code": answer}}
    return {"question": condition.item, "operator": condition.operator, **value}


def _coding(option: Option) -> Json:
    return {"system": SYSTEM, "code": option.code, **_texted("display", option.text)}


def _scores() -> Json:
    title = Text(nl="Scores", en="Scores")
    return {
        "linkId": "section.scores",
        **_texted("text", title),
        "type": "group",
        "item": [_score(one) for one in calculated()],
    }


def _variable(name: str, expression: str) -> Json:
    value = {"name": name, "language": "text/fhirpath", "expression": expression}
    return {"url": f"{_CORE}/variable", "valueExpression": value}


def _score(one: Calculated) -> Json:
    expression = {"language": "text/fhirpath", "expression": one.expression}
    return {
        "extension": [{"url": _CALCULATED, "valueExpression": expression}],
        "linkId": f"{SCORE_PREFIX}{one.key}",
        **_texted("text", one.title),
        "type": "decimal",
        "readOnly": True,
    }


def _texted(key: str, text: Text) -> Json:
    """A Dutch string with its English translation beside it."""
    parts = [{"url": "lang", "valueCode": "en"}, {"url": "content", "valueString": text.en}]
    return {key: text.nl, f"_{key}": {"extension": [{"url": f"{_CORE}/translation", "extension": parts}]}}

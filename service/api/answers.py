"""Answers as the body of a request or a part of a form: the service's own JSON, or a FHIR R4 QuestionnaireResponse."""

from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic_core import from_json

from service.errors import InvalidAnswersError, WrongMediaTypeError
from service.questionnaire import Answers
from service.questionnaire.fhir_response import from_questionnaire_response

JSON, FHIR = "application/json", "application/fhir+json"


async def read_answers(request: Request) -> Answers:
    """The answers in the body of a request.

    Raises:
        WrongMediaTypeError: another media type than the two.
        InvalidAnswersError: as ``parse``.
    """
    kind = request.headers.get("content-type", "")
    if _bare(kind) not in (JSON, FHIR):
        raise WrongMediaTypeError(
            f"Send the answers as {JSON}, or a FHIR R4 QuestionnaireResponse as {FHIR}, and say which in Content-Type."
        )
    return parse(await request.body(), kind)


def parse(content: bytes, kind: str) -> Answers:
    """The answers in ``content``, which is a QuestionnaireResponse where its media type ``kind`` says so.

    Raises:
        InvalidAnswersError: the answers are not JSON, or break their definition.
    """
    try:
        document = from_json(content)
    except ValueError:
        raise InvalidAnswersError(
            "The answers cannot be read as JSON. Send one JSON object of item code to value, or a QuestionnaireResponse."
        ) from None
    return from_questionnaire_response(document) if _bare(kind) == FHIR else Answers.model_validate(document)


def _bare(kind: str) -> str:
    return kind.partition(";")[0].strip().lower()


def answers_schema() -> dict[str, Any]:
    """The OpenAPI request body of such a request."""
    own = {"schema": {"$ref": "#/components/schemas/Answers"}}
    response = {
        "type": "object",
        "description": "A FHIR R4 QuestionnaireResponse to the Questionnaire that is published",
        "properties": {"resourceType": {"const": "QuestionnaireResponse"}},
        "required": ["resourceType", "status"],
    }
    return {"requestBody": {"required": True, "content": {JSON: own, FHIR: {"schema": response}}}}


SentAnswers = Annotated[Answers, Depends(read_answers)]

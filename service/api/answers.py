"""Answers as the body of a request or a part of a form: the service's own JSON, or a FHIR R4 QuestionnaireResponse."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic_core import from_json
from starlette.exceptions import HTTPException

from service.errors import UnreadableInputError
from service.questionnaire import Answers
from service.questionnaire.fhir_response import from_questionnaire_response

JSON, FHIR = "application/json", "application/fhir+json"


async def read_answers(request: Request) -> Answers:
    """The answers in the body of a request.

    Raises:
        HTTPException: another media type than the two.
        Otherwise as ``parse``.
    """
    kind = request.headers.get("content-type", "")
    if _bare(kind) not in (JSON, FHIR):
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    return parse(await request.body(), kind)


def parse(content: bytes, kind: str) -> Answers:
    """The answers in ``content``, which is a QuestionnaireResponse where its media type ``kind`` says so.

    Raises:
        UnreadableInputError: a QuestionnaireResponse that is not JSON.
        RequestValidationError: answers that are not JSON.
        InvalidAnswersError: the answers break their definition.
    """
    if _bare(kind) == FHIR:
        return from_questionnaire_response(_decoded(content))
    try:
        return Answers.model_validate_json(content)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_input=False)) from None


def _bare(kind: str) -> str:
    return kind.partition(";")[0].strip().lower()


def _decoded(content: bytes) -> object:
    try:
        return from_json(content)
    except ValueError:
        raise UnreadableInputError("The QuestionnaireResponse cannot be read as JSON.") from None


def answers_schema(example: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI request body of such a request."""
    own = {"schema": {"$ref": "#/components/schemas/Answers"}, "example": example}
    response = {
        "type": "object",
        "description": "A FHIR R4 QuestionnaireResponse to the Questionnaire that is published",
        "properties": {"resourceType": {"const": "QuestionnaireResponse"}},
        "required": ["resourceType", "status"],
    }
    return {"requestBody": {"required": True, "content": {JSON: own, FHIR: {"schema": response}}}}


SentAnswers = Annotated[Answers, Depends(read_answers)]

"""Every error that leaves over HTTP becomes an RFC 9457 problem document here, and nowhere else.

What the caller sent is never repeated: a validation error keeps the place and the kind of the fault, not the value, which
could identify a patient (and, being NaN, could not even be written as JSON).
"""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from service.errors import InputTooLargeError, LumbarTriageError

MEDIA_TYPE = "application/problem+json"


class Fault(BaseModel):
    """One fault of a request that breaks its schema."""

    location: str = Field(description="Where it is, as a JSON pointer", examples=["/body/items/0"])
    message: str
    kind: str


class Problem(BaseModel):
    """A problem document, RFC 9457, with a stable ``code`` for programs."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "The study cannot be assessed",
                    "status": 422,
                    "detail": "The study has only axial series. Send the sagittal T2 and T1 series too.",
                    "code": "only_axial",
                }
            ]
        }
    )

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    errors: list[Fault] = []


PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": description}
    for status, description in (
        (400, "The upload cannot be read"),
        (413, "The upload is too large"),
        (415, "The request is not of the media type that is asked for"),
        (422, "The study cannot be assessed, or what was sent is not valid"),
        (503, "The service is busy, or not ready"),
    )
}
"""What every route that does work may answer."""


def respond(problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    """The problem as a response."""
    body = problem.model_dump(mode="json", exclude_defaults=True)
    return JSONResponse(body, problem.status, headers, MEDIA_TYPE)


def of_error(error: LumbarTriageError) -> JSONResponse:
    """One of the service's own errors."""
    headers = {"Retry-After": str(error.retry_after)} if hasattr(error, "retry_after") else None
    return respond(
        Problem(title=type(error).title, status=type(error).status, detail=error.detail, code=error.code), headers
    )


def of_http(error: HTTPException) -> JSONResponse:
    """An error of the HTTP layer itself, such as 404, 405 and a body that is too large."""
    status = HTTPStatus(error.status_code)
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return of_error(InputTooLargeError("The request is larger than the service accepts."))
    detail = status.description or status.phrase
    problem = Problem(title=status.phrase, status=status, detail=detail, code=_snake(status.phrase))
    return respond(problem, dict(error.headers or {}))


def of_validation(errors: Sequence[Any]) -> JSONResponse:
    """A request that breaks its schema."""
    return respond(
        Problem(
            title="The request is not valid",
            status=422,
            detail="The request does not fit its schema; see errors.",
            code="invalid_request",
            errors=[_fault(error) for error in errors][:50],
        )
    )


def of_unexpected() -> JSONResponse:
    """A fault of ours: says nothing about it, since the log does."""
    return respond(
        Problem(
            title=LumbarTriageError.title,
            status=500,
            detail="The service failed in a way it did not expect. Its log has the details under the request id.",
            code="internal",
        )
    )


def _fault(error: dict[str, Any]) -> Fault:
    place = list(error["loc"])
    if error["type"] == "extra_forbidden":
        place = place[:-1]
    own_words = error["type"] in {"value_error", "assertion_error"}
    message = "The value is not accepted." if own_words else re.sub(r"input_value=.*", "", error["msg"])
    return Fault(location="".join(f"/{part}" for part in place), message=message, kind=error["type"])


def _snake(phrase: str) -> str:
    return re.sub(r"[^a-z]+", "_", phrase.lower()).strip("_")


def install(app: FastAPI) -> None:
    """Make every expected error of ``app`` a problem document; the unexpected ones are the outer middleware's."""

    def own(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, LumbarTriageError)  # noqa: S101  the registration below says so
        return of_error(error)

    def http(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101
        return of_http(error)

    def invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        return of_validation(error.errors())

    app.add_exception_handler(LumbarTriageError, own)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)

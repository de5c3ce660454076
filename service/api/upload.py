"""A multipart upload: the files of one study, and the answers as JSON. Kept in memory, never written to disk."""

from collections.abc import Sequence
from dataclasses import dataclass
from sys import maxsize
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from service.api.answers import parse
from service.api.service import Current
from service.errors import InputTooLargeError, UnreadableInputError, WrongMediaTypeError
from service.questionnaire import Answers
from service.settings import Settings

STUDY, ANSWERS = "study", "answers"
_ANSWERS_BYTES = 2**20


@dataclass(frozen=True)
class Upload:
    """The (name, content) of every file of the study, and the answers; none where they were not sent."""

    study: Sequence[tuple[str, bytes]]
    answers: Answers | None


class _InMemoryParser(MultiPartParser):
    """Never rolls a part over to a file; the request's own size limit bounds the memory."""

    spool_max_size = maxsize


async def read_upload(request: Request, service: Current) -> Upload:
    """Read the form of a request.

    Raises:
        UnreadableInputError: the form is broken, holds an unknown field, or holds no study.
        InputTooLargeError: more files than the settings allow.
        InvalidAnswersError: the answers break their definition.
        WrongMediaTypeError: the request is not a form.
        HTTPException: the request is too large.
    """
    form = await _parse(request, service.settings)
    try:
        files = [
            (part.filename or "", await part.read()) for part in _parts(form, STUDY) if isinstance(part, UploadFile)
        ]
        answers = await _answers(form)
    finally:
        await form.close()
    if not any(content for _, content in files):
        raise UnreadableInputError("The upload holds no files of a study.", code="empty_upload")
    return Upload(files, answers)


async def _parse(request: Request, settings: Settings) -> FormData:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise WrongMediaTypeError(
            f"Send a form as multipart/form-data: the files of one study, or one ZIP of them, in the field {STUDY}."
        )
    parser = _InMemoryParser(
        request.headers,
        request.stream(),
        max_files=settings.max_files,
        max_fields=10,
        max_part_size=_ANSWERS_BYTES,
    )
    try:
        form = await parser.parse()
    except MultiPartException as error:
        if error.message.startswith("Too many files"):
            raise InputTooLargeError(
                "The upload holds more files than the service accepts.", code="too_many_files"
            ) from None
        raise UnreadableInputError("The multipart form cannot be read.", code="unreadable_form") from None
    if set(form) - {STUDY, ANSWERS}:
        raise UnreadableInputError(f"The form may hold only the fields {STUDY} and {ANSWERS}.", code="unknown_field")
    return form


def _parts(form: FormData, name: str) -> list[UploadFile | str]:
    return [part for part in form.getlist(name) if not (isinstance(part, UploadFile) and not part.filename)]


async def _answers(form: FormData) -> Answers | None:
    parts = _parts(form, ANSWERS)
    if not parts:
        return None
    part = parts[0]
    content = await part.read() if isinstance(part, UploadFile) else part.encode()
    if len(parts) > 1 or len(content) > _ANSWERS_BYTES:
        raise UnreadableInputError("The answers are one JSON object.", code="unreadable_answers")
    if not content.strip():
        return None
    return parse(content, part.headers.get("content-type", "") if isinstance(part, UploadFile) else "")


def form_schema(*, answers: bool) -> dict[str, Any]:
    """The OpenAPI request body of such a form."""
    properties: dict[str, Any] = {
        STUDY: {
            "type": "array",
            "items": {"type": "string", "format": "binary"},
            "description": "The DICOM files of one study, or one ZIP of them",
        }
    }
    if answers:
        properties[ANSWERS] = {
            "allOf": [{"$ref": "#/components/schemas/Answers"}],
            "description": "Answers to the questionnaire, as JSON",
        }
    schema = {"type": "object", "properties": properties, "required": [STUDY], "additionalProperties": False}
    encoding = {ANSWERS: {"contentType": "application/json"}} if answers else {}
    return {
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema, "encoding": encoding}}}
    }


StudyUpload = Annotated[Upload, Depends(read_upload)]

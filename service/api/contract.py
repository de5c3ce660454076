"""The OpenAPI document, with every error described as the problem document that it is."""

from typing import Any

from fastapi import FastAPI

from service.api.problem import MEDIA_TYPE

_REF = "#/components/schemas/"


def openapi(app: FastAPI) -> dict[str, Any]:
    """FastAPI's own document, but with RFC 9457 problems in place of its error bodies."""
    document = FastAPI.openapi(app)
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    response["content"] = {MEDIA_TYPE: {"schema": {"$ref": _REF + "Problem"}}}
    for unused in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(unused, None)
    return document

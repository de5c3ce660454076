"""The OpenAPI document, with every error described as the problem document that it is, and an example of everything else."""

from typing import Any

from fastapi import FastAPI

from service.api import exchanges
from service.api.problem import MEDIA_TYPE

_REF = "#/components/schemas/"


def openapi(app: FastAPI) -> dict[str, Any]:
    """FastAPI's own document, but with RFC 9457 problems in place of its error bodies, and with examples."""
    document = FastAPI.openapi(app)
    sent, answered = exchanges.requests(), exchanges.answers()
    for name, path in document["paths"].items():
        for operation in path.values():
            _show(operation.get("requestBody", {}), sent.get(name, {}))
            _show(operation["responses"]["200"], answered.get(name, {}))
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    response["content"] = {MEDIA_TYPE: {"schema": {"$ref": _REF + "Problem"}}}
    for unused in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(unused, None)
    return document


def _show(described: dict[str, Any], examples: dict[str, Any]) -> None:
    for media_type, example in examples.items():
        described["content"][media_type]["example"] = example

"""Whether the service lives, whether it may be given work, and what it counts."""

from typing import Any, Literal

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field

from service import __version__
from service.anatomy.network import ModelRecord
from service.api.problem import Problem
from service.api.service import Current
from service.errors import ConfigurationError
from service.runtime import expected_provider, is_running

router = APIRouter(tags=["health"])
NOT_READY: dict[int | str, dict[str, Any]] = {503: {"model": Problem, "description": "Not ready, and why"}}


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"
    version: str = __version__


class Ready(BaseModel):
    """The models are loaded, unaltered, and run where they should."""

    status: Literal["ready"] = "ready"
    provider: str = Field(description="The execution provider that really runs")
    models: tuple[ModelRecord, ...]


@router.get("/healthz")
async def healthz() -> Alive:
    """The process answers."""
    return Alive()


@router.get("/readyz", responses=NOT_READY)
async def readyz(service: Current) -> Ready:
    """Ready for work: models loaded, and running on the provider that was asked for."""
    expected = expected_provider(service.settings.provider)
    segmenter, graders = service.models
    ready = is_running(expected, segmenter.provider)
    service.metrics.ready.set(ready)
    if not ready:
        raise ConfigurationError(
            f"The network should run on {expected} and came up on {segmenter.provider}.", code="wrong_provider"
        )
    return Ready(provider=segmenter.provider, models=(segmenter.record, *(grader.record for grader in graders)))


@router.get("/metrics", response_class=Response, include_in_schema=False)
async def metrics(service: Current) -> Response:
    """Prometheus text format."""
    return Response(generate_latest(service.metrics.registry), media_type=CONTENT_TYPE_LATEST)

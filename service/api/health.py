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
    """Ready for work: every model loaded, and running on the provider that was asked for."""
    expected = expected_provider(service.settings.provider)
    segmenter, graders = service.models
    records = (segmenter.record, *(grader.record for grader in graders))
    came_up = {"segmenter": segmenter.provider} | {grader.record.name: grader.record.provider for grader in graders}
    astray = [f"{name} on {actual}" for name, actual in came_up.items() if not is_running(expected, actual)]
    service.metrics.ready.set(not astray)
    if astray:
        raise ConfigurationError(
            f"The models should run on {expected}; other: {', '.join(astray)}.", code="wrong_provider"
        )
    return Ready(provider=segmenter.provider, models=records)


@router.get("/metrics", response_class=Response, include_in_schema=False)
async def metrics(service: Current) -> Response:
    """Prometheus text format."""
    return Response(generate_latest(service.metrics.registry), media_type=CONTENT_TYPE_LATEST)

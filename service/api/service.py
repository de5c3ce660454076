"""What a running service holds, loaded once, and how a route asks for it."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from service.anatomy.segmenter import Segmenter
from service.api.worker import Worker
from service.errors import ConfigurationError
from service.pipeline import Segments
from service.runtime import expected_provider, installed_runtime
from service.settings import Settings
from service.telemetry import Metrics
from service.triage import Policy, load_policy


@dataclass(frozen=True)
class Service:
    """Settings, metrics and the loaded parts. ``loaded`` is the segmenter, or why there is none."""

    settings: Settings
    metrics: Metrics
    policy: Policy
    loaded: Segments | ConfigurationError
    worker: Worker = field(init=False)

    def __post_init__(self) -> None:
        worker = Worker(self.settings.concurrent_analyses, self.settings.waiting_analyses, self.metrics)
        object.__setattr__(self, "worker", worker)

    @property
    def segmenter(self) -> Segments:
        """The segmenter.

        Raises:
            ConfigurationError: it could not be loaded.
        """
        if isinstance(self.loaded, ConfigurationError):
            raise self.loaded
        return self.loaded


def start(settings: Settings, metrics: Metrics, segmenter: Segments | None = None) -> Service:
    """Load everything.

    A missing model, or a network that comes up on the wrong provider, leaves the service alive and not ready, so that the
    reason can be read there.

    Raises:
        ConfigurationError: no ONNX Runtime or two of them, or a policy that cannot be used; the service must not start.
    """
    installed_runtime()
    return Service(settings, metrics, load_policy(settings.policy), segmenter or _load(settings))


def _load(settings: Settings) -> Segments | ConfigurationError:
    try:
        return Segmenter.load(settings.models, provider=expected_provider(settings.provider), threads=settings.threads)
    except ConfigurationError as error:
        return error


def current(request: Request) -> Service:
    """The service that answers this request."""
    service = request.app.state.service
    assert isinstance(service, Service)  # noqa: S101  the lifespan puts it there
    return service


Current = Annotated[Service, Depends(current)]

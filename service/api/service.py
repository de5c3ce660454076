"""What a running service holds, loaded once, and how a route asks for it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, NamedTuple

from fastapi import Depends, Request

from service.anatomy.segmenter import Segmenter
from service.api.worker import Worker
from service.errors import ConfigurationError
from service.findings.graders import TrainedGrader, load_graders
from service.pipeline import Segments
from service.runtime import expected_provider, installed_runtime
from service.settings import Settings
from service.site import Site, load_site
from service.telemetry import Metrics
from service.triage.signing import SigningKey, VerifyingKey


class Models(NamedTuple):
    """The segmenter, and the graders that read with a model of their own."""

    segmenter: Segments
    graders: tuple[TrainedGrader, ...] = ()


@dataclass(frozen=True)
class Service:
    """Settings, metrics and the loaded parts. ``loaded`` are the models, or why there are none."""

    settings: Settings
    metrics: Metrics
    site: Site
    loaded: Models | ConfigurationError
    key: SigningKey | None = None
    older_keys: tuple[VerifyingKey, ...] = ()
    worker: Worker = field(init=False)

    def __post_init__(self) -> None:
        worker = Worker(self.settings.concurrent_analyses, self.settings.waiting_analyses, self.metrics)
        object.__setattr__(self, "worker", worker)

    @property
    def models(self) -> Models:
        """The models.

        Raises:
            ConfigurationError: one of them could not be loaded.
        """
        if isinstance(self.loaded, ConfigurationError):
            raise self.loaded
        return self.loaded

    @property
    def signing_key(self) -> SigningKey:
        """The key that signs.

        Raises:
            ConfigurationError: the installation has none.
        """
        if self.key is None:
            raise ConfigurationError("This installation has no signing key.", code="no_signing_key")
        return self.key

    @property
    def verifying_keys(self) -> tuple[VerifyingKey, ...]:
        """Every key whose signatures count, the present one first."""
        return (*((self.key.public,) if self.key else ()), *self.older_keys)


def start(settings: Settings, metrics: Metrics, segmenter: Segments | None = None) -> Service:
    """Load everything; a segmenter that is given stands alone, without trained graders.

    A missing model, or a network that comes up on the wrong provider, leaves the service alive and not ready, so that the
    reason can be read there.

    Raises:
        ConfigurationError: no ONNX Runtime or two of them, or a file of the site (policy, licensed texts,
            prognostic models, keys) that cannot be used; the service must not start.
    """
    installed_runtime()
    return Service(
        settings,
        metrics,
        load_site(settings),
        Models(segmenter) if segmenter else _load(settings),
        SigningKey.from_pem(_text(settings.signing_key)) if settings.signing_key else None,
        tuple(VerifyingKey.from_pem(_text(path)) for path in settings.older_keys),
    )


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise ConfigurationError("A key file of the settings cannot be read.", code="key_missing") from error


def _load(settings: Settings) -> Models | ConfigurationError:
    try:
        provider = expected_provider(settings.provider)
        segmenter = Segmenter.load(settings.models, provider, settings.threads)
        return Models(segmenter, load_graders(settings.models, provider, settings.threads))
    except ConfigurationError as error:
        return error


def current(request: Request) -> Service:
    """The service that answers this request."""
    service = request.app.state.service
    assert isinstance(service, Service)  # noqa: S101  the lifespan puts it there
    return service


Current = Annotated[Service, Depends(current)]

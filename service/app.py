"""Wires the service together; everything it does is elsewhere."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from service import __version__
from service.api import contract, forms, health, oversight, problem, triage, what_if
from service.api.edge import Edge
from service.api.service import start
from service.pipeline import Segments
from service.report.model import NOTICE
from service.settings import Settings, load_settings
from service.telemetry import Metrics, configure_logging


def create_app(settings: Settings | None = None, segmenter: Segments | None = None) -> FastAPI:
    """The ASGI application.

    Args:
        settings: from the environment unless given.
        segmenter: the models of the settings unless given; it then stands alone, without trained graders.

    Raises:
        ConfigurationError: the environment holds settings that are not known or not valid.
    """
    settings = settings or load_settings()
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        configure_logging(settings.log_level)
        app.state.service = start(settings, metrics, segmenter)
        yield

    app = FastAPI(
        title="Lumbar Triage", version=__version__, description=NOTICE, lifespan=lifespan, docs_url=None, redoc_url=None
    )
    for router in (triage.router, what_if.router, oversight.router, health.router, forms.router):
        app.include_router(router)
    app.mount("/forms/static", forms.static, name="forms")
    problem.install(app)
    app.openapi = lambda: contract.openapi(app)  # type: ignore[method-assign]
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST"],
        expose_headers=["X-Request-ID"],
    )
    app.add_middleware(Edge, settings=settings, metrics=metrics)
    return app

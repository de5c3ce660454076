"""What every request passes: a request id, a limit on its size, protective headers, metrics, and a net for the unexpected."""

import logging
import time
from http import HTTPStatus
from uuid import UUID, uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api import problem
from service.settings import Settings
from service.telemetry import Metrics

_LOG = logging.getLogger("lumbar_triage.http")


def request_id(headers: Headers) -> str:
    """The caller's X-Request-ID where it is a UUID (anything else might say who the patient is), else a new one."""
    try:
        return str(UUID(headers.get("x-request-id", "")))
    except ValueError:
        return str(uuid4())


def protective_headers(settings: Settings) -> dict[str, str]:
    """Headers of every response: never cached, embedded only where allowed, nothing loaded from elsewhere."""
    ancestors = " ".join(settings.frame_ancestors)
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
            f"form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
        ),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


def limited(receive: Receive, most: int) -> Receive:
    """``receive`` that stops with 413 once the body has grown beyond ``most`` bytes, whatever Content-Length said."""
    seen = 0

    async def counting() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return message

    return counting


def _route(scope: Scope) -> str:
    """The path of the route that was matched, or of the mounted application; never a part that a caller chooses."""
    if "route" in scope:
        return str(scope["route"].path)
    return str(scope["root_path"] or scope["path"]) if "endpoint" in scope else "unmatched"


class Edge:
    """The outermost ASGI middleware."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._headers = protective_headers(settings)
        self._most = settings.max_upload_mb * 2**20

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["request_id"] = own_id = request_id(Headers(scope=scope))
        status = 0
        start = time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message).update({**self._headers, "X-Request-ID": own_id})
            await send(message)

        try:
            await self._app(scope, limited(receive, self._most), sending)
        except Exception:
            _LOG.exception("unexpected", extra={"fields": {"request_id": own_id}})
            if not status:
                await problem.of_unexpected()(scope, receive, sending)
        finally:
            self._observe(scope, status, time.perf_counter() - start, own_id)

    def _observe(self, scope: Scope, status: int, seconds: float, own_id: str) -> None:
        route = _route(scope)
        self._metrics.requests.labels(route, str(status)).inc()
        self._metrics.latency.labels(route).observe(seconds)
        fields = {"request_id": own_id, "route": route, "status": status, "seconds": round(seconds, 3)}
        _LOG.info("request", extra={"fields": fields})

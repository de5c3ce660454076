"""How the service is observed: time per step, Prometheus metrics of few labels, and logs as JSON lines.

Nothing here sees a request's body, file names, query or address, so nothing that identifies a patient can be logged.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 20, 40, 80)


class Stopwatch:
    """Wall-clock seconds of named steps, in the order in which they first ran."""

    def __init__(self, on_step: Callable[[str], None] | None = None) -> None:
        self.seconds: dict[str, float] = {}
        self._on_step = on_step

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        """Time the body of a ``with``; time of the same step adds up."""
        if self._on_step:
            self._on_step(step)
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - start


class Metrics:
    """The service's Prometheus metrics, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "lumbar_triage_requests_total", "Requests by route and status", ["route", "status"], registry=self.registry
        )
        self.latency = Histogram(
            "lumbar_triage_request_seconds", "Time to answer", ["route"], buckets=_SECONDS, registry=self.registry
        )
        self.steps = Histogram(
            "lumbar_triage_step_seconds", "Time of a step", ["step"], buckets=_SECONDS, registry=self.registry
        )
        self.recommendations = Counter(
            "lumbar_triage_recommendations_total", "Recommendations by pathway", ["pathway"], registry=self.registry
        )
        self.errors = Counter("lumbar_triage_errors_total", "Problems by code", ["code"], registry=self.registry)
        self.busy = Gauge("lumbar_triage_analyses", "Analyses running or waiting", ["state"], registry=self.registry)
        self.ready = Gauge("lumbar_triage_ready", "1 when ready to analyse", registry=self.registry)

    def observe_steps(self, seconds: dict[str, float]) -> None:
        """Record what one analysis spent on each step."""
        for step, value in seconds.items():
            self.steps.labels(step).observe(value)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, event, and the fields given as ``extra={"fields": {...}}``.

    Of an exception only the type and the place are written: its message may quote the input.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
            line["at"] = _places(record)
        return json.dumps(line, default=str)


def _places(record: logging.LogRecord) -> list[str]:
    trace = record.exc_info[2] if record.exc_info else None
    places = []
    while trace:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-8:]


def configure_logging(level: str) -> None:
    """Send every log record to stderr as JSON; silence the access log, which writes addresses and queries."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], name != "uvicorn.access"

from collections.abc import Callable
from threading import Event

import anyio
import pytest

from service.api.worker import BusyError, Worker
from service.telemetry import Metrics

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def waits(event: Event) -> Callable[[], bool]:
    return lambda: event.wait(timeout=10)


def gauge(metrics: Metrics, state: str) -> float | None:
    return metrics.registry.get_sample_value("lumbar_triage_analyses", {"state": state})


async def test_returns_what_the_task_returns() -> None:
    assert await Worker(1, 0, Metrics()).run(lambda: 7) == 7


async def test_refuses_when_every_place_is_taken_and_recovers() -> None:
    metrics, go = Metrics(), Event()
    worker = Worker(1, 1, metrics)
    async with anyio.create_task_group() as group:
        group.start_soon(worker.run, waits(go))
        group.start_soon(worker.run, waits(go))
        await anyio.sleep(0.05)
        assert (gauge(metrics, "running"), gauge(metrics, "waiting")) == (1, 1)
        with pytest.raises(BusyError):
            await worker.run(lambda: None)
        go.set()
    assert await worker.run(lambda: 1) == 1
    assert (gauge(metrics, "running"), gauge(metrics, "waiting")) == (0, 0)


async def test_a_failed_task_frees_its_place() -> None:
    worker = Worker(1, 0, Metrics())

    def fails() -> None:
        raise ValueError

    for _ in range(3):
        with pytest.raises(ValueError):  # noqa: PT011
            await worker.run(fails)


async def test_a_caller_that_leaves_keeps_its_place_until_the_work_ends() -> None:
    go = Event()
    worker = Worker(1, 0, Metrics())
    async with anyio.create_task_group() as group:
        with anyio.CancelScope() as scope:
            group.start_soon(_cancel_soon, scope, go, worker)
            await worker.run(waits(go))
    assert await worker.run(lambda: 1) == 1


async def _cancel_soon(scope: anyio.CancelScope, go: Event, worker: Worker) -> None:
    await anyio.sleep(0.05)
    scope.cancel()
    await anyio.sleep(0.05)
    with pytest.raises(BusyError):
        await worker.run(lambda: None)
    go.set()

"""Where analyses run: in threads, a few at a time, with a short queue; whoever finds it full is told to come back."""

from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread

from service.errors import LumbarTriageError
from service.telemetry import Metrics

Result = TypeVar("Result")


class BusyError(LumbarTriageError):
    """As many analyses run and wait as the service takes."""

    status = 503
    code = "busy"
    title = "The service is busy"
    retry_after = 10
    """Seconds: about what one analysis takes."""


class Worker:
    """Runs CPU-bound work off the event loop.

    Args:
        running: most analyses at the same time.
        waiting: most that may wait for a turn beyond those.
        metrics: told how many run and wait.
    """

    def __init__(self, running: int, waiting: int, metrics: Metrics) -> None:
        self._limit = anyio.CapacityLimiter(running)
        self._places = running + waiting
        self._taken = 0
        self._metrics = metrics

    async def run(self, task: Callable[[], Result]) -> Result:
        """Do ``task`` in a thread when its turn comes.

        A caller that goes away does not free its place before the work has really ended.

        Raises:
            BusyError: every place is taken.
        """
        if self._taken >= self._places:
            raise BusyError("The service is analysing as many studies as it can; try again shortly.")
        self._taken += 1
        self._report()
        try:
            return await anyio.to_thread.run_sync(task, limiter=self._limit)
        finally:
            self._taken -= 1
            self._report()

    def _report(self) -> None:
        running = min(self._taken, int(self._limit.total_tokens))
        self._metrics.busy.labels("running").set(running)
        self._metrics.busy.labels("waiting").set(self._taken - running)

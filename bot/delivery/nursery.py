"""The one place that starts tasks which nobody awaits, so that none is lost or fails unseen."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

_log = logging.getLogger(__name__)

LONGEST_PAUSE_S = 60.0


class Nursery:
    """Keeps, counts and ends detached tasks. A failure is logged by its type: texts may be private.

    `failures` counts by the name of the task.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()  # the loop itself holds tasks weakly only
        self._closed = False
        self.failures: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, coro: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Run the coroutine as a task. `name` goes into the log: no ids in it.

        RuntimeError once the nursery is closed; the coroutine is then closed, not run.
        """
        if self._closed:
            coro.close()
            raise RuntimeError(f"the nursery is closed; {name} was not started")
        task = asyncio.create_task(coro, name=name)  # noqa: TID251 - this is the supervised place
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def close(self, grace_s: float) -> None:
        """Take no more tasks, give those that run `grace_s` seconds, then cancel and await them."""
        self._closed = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_s)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        if error := task.exception():
            self.failures[task.get_name()] += 1
            _log_failure("task_failed", task.get_name(), error)


async def supervise(
    name: str,
    body: Callable[[], Awaitable[None]],
    pause_s: float,
    longest_pause_s: float = LONGEST_PAUSE_S,
) -> None:
    """Run the body again whenever it fails; end when it returns or is cancelled.

    The pause between two runs begins at `pause_s` and doubles up to `longest_pause_s`. A run that
    lasted longer than that bound was healthy: the next pause is the first one again.
    """
    time = asyncio.get_running_loop().time
    next_pause_s = pause_s
    while True:
        began_at_s = time()
        try:
            await body()
        except Exception as error:
            _log_failure("loop_restarts", name, error)
        else:
            return
        if time() - began_at_s > longest_pause_s:
            next_pause_s = pause_s
        await asyncio.sleep(next_pause_s)
        next_pause_s = min(next_pause_s * 2, longest_pause_s)


def _log_failure(event: str, name: str, error: BaseException) -> None:
    _log.error(event, extra={"task": name, "error": type(error).__name__})

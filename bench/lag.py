"""How long the event loop keeps others waiting."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

EVERY_S = 0.002


@asynccontextmanager
async def loop_lag() -> AsyncIterator[list[float]]:
    """A list that fills with the milliseconds by which a timer of 2 ms was late."""
    loop = asyncio.get_running_loop()
    late_ms: list[float] = []

    async def watch() -> None:
        while True:
            due_s = loop.time() + EVERY_S
            await asyncio.sleep(EVERY_S)
            late_ms.append(max(0.0, loop.time() - due_s) * 1000)

    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(watch())
        try:
            yield late_ms
        finally:
            watching.cancel()

"""What the two loops that work on tables have in common: work, wait for a bell, outlast outages."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.delivery.bell import Bell
from bot.errors import StorageUnavailable
from bot.telemetry import fault, get_log

_log = get_log("working")

BROKEN_PAUSE_S = 1.0
"""How long a database that is away is left alone."""


async def work_on(
    name: str, work_once: Callable[[], Awaitable[bool]], bell: Bell, look_every_s: float
) -> None:
    """Work for ever: again at once after work was found, else at the bell or at the next look."""
    while True:
        try:
            found = await work_once()
        except StorageUnavailable as error:
            _log.warning("database_away", task=name, **fault(error))
            await asyncio.sleep(BROKEN_PAUSE_S)
            continue
        if not found:
            await bell.wait(look_every_s)


async def until_written(write: Callable[[], Awaitable[object]]) -> None:
    """Write down what became of something, however long the database is away.

    It has happened already: unwritten, it would happen again.
    """
    while True:
        try:
            await write()
        except StorageUnavailable:
            await asyncio.sleep(BROKEN_PAUSE_S)
        else:
            return

"""What the two loops that work on tables have in common: work, wait for a bell, outlast outages."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from bot.delivery.bell import Bell
from bot.errors import StorageUnavailable
from bot.telemetry import fault, get_log

_log = get_log("working")

T = TypeVar("T")

BROKEN_PAUSE_S = 1.0
"""How long a database that is away is left alone."""


async def to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Await work that a stop must not break off: the cancellation waits until it is done.

    A database statement that is cancelled half-way leaves its lock behind for seconds, and all
    that is still to be written down before the end would wait for it.
    """
    task = asyncio.ensure_future(work)  # noqa: TID251 - awaited here, whatever happens
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


async def work_on(
    name: str, work_once: Callable[[], Coroutine[Any, Any, bool]], bell: Bell, look_every_s: float
) -> None:
    """Work for ever: again at once after work was found, else at the bell or at the next look."""
    while True:
        try:
            found = await to_its_end(work_once())
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

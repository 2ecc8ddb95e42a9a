"""One process at a time does what cannot be shared: polling, and sending at one bot's pace."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from sqlalchemy import text

from bot.errors import StorageUnavailable
from bot.storage.database import Database

_LOCKS = {"polling": 5077201, "sending": 5077202}
TRY_EVERY_S = 2.0
STILL_HELD_EVERY_S = 5.0


async def lead(database: Database, role: str, body: Callable[[], Awaitable[None]]) -> None:
    """Run `body` while this process holds the role, and wait for the role otherwise, for ever.

    On SQLite there is one process only. On PostgreSQL the role is an advisory lock, which the
    server gives back the moment a connection dies, so another worker takes over.
    """
    if database.is_sqlite:
        await body()
        return
    while True:
        with contextlib.suppress(StorageUnavailable):  # the lock went with its connection
            await _hold(database, role, body)
        await asyncio.sleep(TRY_EVERY_S)


async def _hold(database: Database, role: str, body: Callable[[], Awaitable[None]]) -> None:
    async with database.standing() as run:
        got = await run(text("SELECT pg_try_advisory_lock(:key)").bindparams(key=_LOCKS[role]))
        if not got.scalar_one():
            return
        work = asyncio.ensure_future(body())  # noqa: TID251 - awaited below, whatever happens
        try:
            while not work.done():
                await asyncio.wait([work], timeout=STILL_HELD_EVERY_S)
                await run(text("SELECT 1"))
            await work
        finally:
            work.cancel()
            await asyncio.wait([work])
            # Back in the pool it would keep the lock, and nobody could lead any more, not even we.
            await run.connection.invalidate()

"""A bot in a process of its own follows the sandbox's clock over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx

from bot.clock import MovableClock
from bot.errors import SettingsError

_LONG_POLL_S = 40.0
_PAUSE_S = 0.5


@asynccontextmanager
async def following(url: str) -> AsyncIterator[MovableClock]:
    """A clock that is moved whenever the sandbox's is. `url` is the sandbox's /sim/clock.

    SettingsError when nothing answers there at the start; later silences are waited out.
    """
    clock = MovableClock()
    async with httpx.AsyncClient(timeout=_LONG_POLL_S) as client:
        try:
            version = await _look(client, url, clock, None)
        except (httpx.HTTPError, KeyError, ValueError):
            raise SettingsError(
                "STILLWATER_CLOCK_URL: no sandbox answers there; start it first, or remove this"
            ) from None
        following = asyncio.ensure_future(_follow(client, url, clock, version))  # noqa: TID251 - cancelled below
        try:
            yield clock
        finally:
            following.cancel()
            await asyncio.wait([following])


async def _follow(client: httpx.AsyncClient, url: str, clock: MovableClock, version: int) -> None:
    while True:
        try:
            version = await _look(client, url, clock, version)
        except (httpx.HTTPError, KeyError, ValueError):
            await asyncio.sleep(_PAUSE_S)


async def _look(client: httpx.AsyncClient, url: str, clock: MovableClock, after: int | None) -> int:
    query = {} if after is None else {"after": after}
    answer = (await client.get(url, params=query)).json()
    clock.offset = timedelta(seconds=float(answer["offset_s"]))
    return int(answer["version"])

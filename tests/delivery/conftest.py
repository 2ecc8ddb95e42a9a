"""The loops of one process on a real sandbox, each run by itself, in the order of the test."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Table, select

from bot.clock import FrozenClock, MovableClock
from bot.delivery.nursery import Nursery
from bot.delivery.pace import Pace
from bot.delivery.telegram_side import TelegramSide
from bot.engine import Engine
from bot.ground import Ground, open_ground
from bot.library import Library
from bot.sandbox import SANDBOX_TOKEN, World, serve
from bot.settings import read
from bot.storage.tables import inbox, outbox

_library = cache(Library.load)
"""The texts are read once for all tests."""

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


async def until(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait for a condition; the test's own time limit ends the wait if it never comes."""
    while True:
        found = condition()
        if found if isinstance(found, bool) else await found:
            return
        await asyncio.sleep(0.005)


@dataclass
class Stage:
    """A sandbox and a bot, whose loops the test starts."""

    root: str
    world: World
    http: httpx.AsyncClient
    ground: Ground
    side: TelegramSide
    engine: Engine
    log: io.StringIO
    pace: Pace
    clock: MovableClock
    work: Nursery = field(default_factory=Nursery)

    @property
    def file(self) -> Path:
        """The database's file."""
        assert self.ground.database.file is not None
        return self.ground.database.file

    async def sim(self, path: str, **body: Any) -> Any:
        answer = await self.http.post(f"/sim/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def look(self, path: str) -> Any:
        return (await self.http.get(f"/sim/{path}")).json()

    async def person(self, **fields: Any) -> int:
        """Somebody whom the bot may write to; what they said is not waiting any more."""
        number: int = (await self.sim("people", **fields))["id"]
        await self.sim("say", person=number, text="hello")
        self.world.updates.clear()
        return number

    async def texts(self, person: int) -> list[str]:
        """What the bot has said to somebody, oldest first."""
        return [each["text"] for each in await self.said(person)]

    async def said(self, person: int) -> list[dict[str, Any]]:
        """The bot's messages to somebody, oldest first."""
        found = (await self.look(f"messages?person={person}"))["messages"]
        bots = [each for each in found if each["from"] == "bot"]
        return sorted(bots, key=lambda each: int(each["message_id"]))

    async def hears(self, person: int, count: int = 1) -> list[str]:
        """Wait until somebody has heard so much, and what it was."""

        async def enough() -> bool:
            return len(await self.texts(person)) >= count

        await until(enough)
        return await self.texts(person)

    async def confirmed(self) -> list[int]:
        numbers: list[int] = (await self.look("confirmed"))["confirmed"]
        return numbers

    async def rows(self, table: Table) -> list[Any]:
        async with self.ground.database.peek() as run:
            return list((await run(select(table).order_by(table.c.seq))).all())

    async def inbox(self) -> list[str]:
        return [row.state for row in await self.rows(inbox)]

    async def outbox(self) -> list[str]:
        return [row.state for row in await self.rows(outbox)]

    def logged(self, event: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.log.getvalue().splitlines()]
        return [line for line in lines if line["event"] == event]

    @asynccontextmanager
    async def running(self, *names: str) -> AsyncIterator[None]:
        """Run these loops of the engine for as long as the block lasts."""
        loops = Nursery()
        bodies = self.engine.loops()
        for name in names:
            loops.start(bodies[name](), name)  # type: ignore[arg-type]
        try:
            yield
        finally:
            await loops.close(0)

    async def quiet(self, nursery: Nursery | None = None) -> None:
        """Until everything that was started has ended."""
        await until(lambda: not len(nursery or self.engine.work))


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(FrozenClock(NOON))


@pytest.fixture
async def stage(
    tmp_path: Path,
    no_certificates: None,
    log: io.StringIO,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Stage]:
    monkeypatch.setattr(Library, "load", _library)
    world = World(clock, webhook_retry_s=0.01)
    async with AsyncExitStack() as stack:
        root = await stack.enter_async_context(serve(world))
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=root, timeout=20))
        settings = read({}, data_dir=tmp_path / "data", api_url=root, token=SANDBOX_TOKEN)
        ground = await stack.enter_async_context(open_ground(settings, clock))
        pace = Pace(per_second=1000, per_chat_s=0)
        side = TelegramSide(root, SANDBOX_TOKEN, pace)
        stack.push_async_callback(side.close)
        await side.open()
        engine = Engine(ground, side, pace)
        await engine.house.initialize()
        stack.push_async_callback(engine.work.close, 0)
        yield Stage(root, world, http, ground, side, engine, log, pace, clock)

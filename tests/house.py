"""The real bot in front of the real sandbox, in the test's own event loop, on a fresh database.

Faked are only time (a clock that runs but can be moved; loops that look twice as often, and no
second of rest between two messages of one chat) and Telegram, in whose place the sandbox stands.
"""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import func, or_, select

import bot.app
from bot.clock import MovableClock
from bot.delivery import lanes, ticker
from bot.delivery.pace import Pace
from bot.library import Library
from bot.sandbox import SANDBOX_TOKEN, World
from bot.sandbox.server import serve
from bot.settings import Settings, read
from bot.storage import tables
from bot.storage.database import Database
from bot.storage.dialogs import Answered, answers_of_day
from bot.storage.opening import sqlite_url
from bot.storage.vault import load_key_file
from tests.chat import Person

A_WEDNESDAY = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
PATIENCE_S = 10.0
LOOK_EVERY_S = 0.02

_library = cache(Library.load)
"""The texts are read once for all tests, not once a start."""

TROUBLE = frozenset(
    {"update_failed", "dead_letter", "message_failed", "tick_failed", "send_failed"}
    | {"task_failed", "loop_restarts", "database_down", "first_aid_failed", "poll_failed"}
)
"""Log events that no conversation may cause unless its test says so."""


class House:
    """One sandbox, one data folder, and a bot that can be stopped and started again."""

    def __init__(self, root: str, world: World, settings: Settings, log: io.StringIO) -> None:
        self.root = root
        self.world = world
        self.settings = settings
        self.log = log
        self.expected: set[str] = set()
        self.database: Database | None = None
        self._stop = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._http = httpx.AsyncClient(base_url=root, timeout=PATIENCE_S)

    # The bot

    async def open(self) -> None:
        """Start the bot, and wait until it listens."""
        self._stop = asyncio.Event()
        asked = self.requests("getUpdates")
        self._running = asyncio.create_task(  # noqa: TID251 - awaited in close
            bot.app.run(self.settings, self.world.clock, self._stop)
        )
        await self.until(lambda: self.requests("getUpdates") > asked, "a first poll")
        if self.database is None:
            self.database = Database(self.url, load_key_file(self.settings.key_path))

    async def close(self) -> None:
        """Stop the bot as SIGTERM would."""
        self._stop.set()
        if self._running is not None:
            await self._running
            self._running = None

    async def restart(self) -> None:
        """Stop the bot and start it anew over the same data."""
        await self.close()
        await self.open()

    async def leave(self) -> None:
        """Stop everything that this house has opened."""
        await self.close()
        await self._http.aclose()
        if self.database is not None:
            await self.database.close()

    def requests(self, method: str) -> int:
        """How often the bot has called a method."""
        return int(self.world.ledger.requests(method)[method]["count"])

    # The sandbox

    async def sim(self, path: str, **body: Any) -> dict[str, Any]:
        """Act through /sim."""
        answer = await self._http.post(f"/sim/{path}", content=json.dumps(body))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def look(self, path: str, **query: int) -> dict[str, Any]:
        """Read through /sim."""
        answer = await self._http.get(f"/sim/{path}", params=query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def person(self, name: str = "Sam", knows_bot: bool = False, **fields: Any) -> Person:
        """Somebody new; `knows_bot` if they have written to it before the test begins."""
        number: int = (await self.sim("people", name=name, **fields))["id"]
        found = self.world.people.get(number)
        assert found is not None
        found.started = knows_bot
        return Person(self, number, name)

    async def update(self, **content: Any) -> None:
        """Hand an update to the bot exactly as it is, lone surrogates and all."""
        await self.sim("update", raw=json.dumps(content))

    # The clock

    async def later(self, **span: float) -> None:
        """Move the clock by a span, such as `minutes=61`."""
        await self.sim("clock", by_s=timedelta(**span).total_seconds())

    async def clock_shows(self, wish: str, zone: str = "Europe/Berlin") -> None:
        """Move the clock to a moment such as "tomorrow 08:00" in a zone."""
        await self.sim("clock", at=wish, person_zone=zone)

    async def tomorrow_at(self, wall: str, zone: str = "Europe/Berlin") -> None:
        """Move the clock to a wall time on the next day of a zone."""
        await self.clock_shows(f"tomorrow {wall}", zone)

    async def today_at(self, wall: str, zone: str = "Europe/Berlin") -> None:
        """Move the clock to a wall time on the same day of a zone, forwards or backwards."""
        await self.clock_shows(f"today {wall}", zone)

    def now(self, zone: str = "UTC") -> datetime:
        """What the sandbox's clock shows in a zone."""
        return self.world.clock.now().astimezone(ZoneInfo(zone))

    # Waiting and looking

    async def until(
        self, holds: Callable[[], object], what: str, patience_s: float = PATIENCE_S
    ) -> None:
        """Wait until something holds; AssertionError says what was waited for in vain."""
        ends_at = asyncio.get_running_loop().time() + patience_s
        while not holds():
            if self._running is not None and self._running.done():
                await self._running
                raise AssertionError(f"the bot ended while waiting for {what}")
            if asyncio.get_running_loop().time() > ends_at:
                raise AssertionError(f"waited in vain for {what}; the log:\n{self.log.getvalue()}")
            await asyncio.sleep(LOOK_EVERY_S)

    async def quiet(self) -> None:
        """Wait until every update is handled, everything due is opened, every message is out."""
        ends_at = asyncio.get_running_loop().time() + PATIENCE_S
        while waiting := await self._waiting():
            if asyncio.get_running_loop().time() > ends_at:
                raise AssertionError(f"never quiet: {waiting}; the log:\n{self.log.getvalue()}")
            await asyncio.sleep(LOOK_EVERY_S)

    async def _waiting(self) -> str | None:
        """What is still under way, if anything."""
        inbox, outbox, schedule = tables.inbox, tables.outbox, tables.schedule
        if len(self.world.updates):
            return "an update that is not fetched"
        if await self.count(inbox, inbox.c.state.in_(("new", "leased"))):
            return "an update in the inbox"
        if await self.count(schedule, schedule.c.next_due_at <= self.world.clock.now()):
            return "a schedule that is due"
        if await self.count(outbox, outbox.c.state.in_(("queued", "sending"))):
            return "a message in the outbox"
        return None

    async def count(self, table: Any, *conditions: Any) -> int:
        """How many rows a table has, of those that fit."""
        assert self.database is not None
        async with self.database.peek() as run:
            rows = await run(select(func.count()).select_from(table).where(*conditions))
        return int(rows.scalar_one())

    async def until_count(self, number: int, table: Any, *conditions: Any) -> None:
        """Wait until so many rows of a table fit."""
        async with asyncio.timeout(PATIENCE_S):
            while await self.count(table, *conditions) != number:  # noqa: ASYNC110 - no bell rings
                await asyncio.sleep(LOOK_EVERY_S)

    async def rows(self, table: Any) -> list[Any]:
        """All rows of a table."""
        assert self.database is not None
        async with self.database.peek() as run:
            return list((await run(select(table))).all())

    async def kept(self) -> dict[str, int]:
        """How many rows there are about people."""
        about = (tables.person, tables.schedule, tables.dialog, tables.answer)
        return {table.name: await self.count(table) for table in about}

    async def answers(self, question: str) -> list[str]:
        """Every value kept for a question, of anybody, opened with the key, oldest day first."""
        assert self.database is not None
        found: list[Answered] = []
        async with self.database.peek() as run:
            places = await run(
                select(tables.answer.c.person_id, tables.answer.c.local_date).distinct()
            )
            for place in sorted(places.all(), key=lambda row: row.local_date):
                found += await answers_of_day(run, place.person_id, place.local_date)
        return [each.value for each in found if each.question == question]

    # Soundness

    @property
    def url(self) -> str:
        """The database's address."""
        return self.settings.database_url or sqlite_url(self.settings.data_dir)

    def events(self) -> list[str]:
        """Every event that was logged."""
        return [json.loads(line)["event"] for line in self.log.getvalue().splitlines()]

    async def is_sound(self) -> None:
        """No dead letter, no failed attempt, no message given up, no error logged."""
        inbox, outbox = tables.inbox, tables.outbox
        bad = or_(inbox.c.state == "dead", inbox.c.reason.is_not(None))
        if "update_failed" not in self.expected:
            assert await self.count(inbox, bad) == 0, self.log.getvalue()
        if "send_failed" not in self.expected:
            lost = outbox.c.state.in_(("refused", "unknown")) & outbox.c.reason.not_in(
                ("stopped", "unreachable")
            )
            assert await self.count(outbox, lost) == 0, self.log.getvalue()
        trouble = (TROUBLE - self.expected).intersection(self.events())
        assert not trouble, self.log.getvalue()


@asynccontextmanager
async def housed(
    folder: Path, database_url: str | None, log: io.StringIO, at: datetime = A_WEDNESDAY
) -> AsyncIterator[House]:
    """A house with its bot running; on the way out the house must be sound."""
    clock = MovableClock()
    clock.move(at - clock.now())
    world = World(clock, webhook_retry_s=0.01)
    with (
        mock.patch.object(bot.app, "Pace", partial(Pace, per_chat_s=0.0)),
        mock.patch.object(Library, "load", _library),
        mock.patch.object(ticker, "DUE_EVERY_S", 0.5),
        mock.patch.object(lanes, "LOOK_EVERY_S", 0.5),
    ):
        async with serve(world) as root:
            environment = {
                "STILLWATER_TOKEN": SANDBOX_TOKEN,
                "STILLWATER_API_URL": root,
                "STILLWATER_DATA_DIR": str(folder),
                "STILLWATER_DATABASE_URL": database_url or "",
            }
            house = House(root, world, read(environment), log)
            try:
                await house.open()
                yield house
                await house.is_sound()
            finally:
                await house.leave()

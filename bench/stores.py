"""Databases to measure on: made in a temporary folder or server, filled in bulk."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Table, text
from uuid_utils.compat import uuid7

from bot.domain.schedules import EVERY_DAY
from bot.sandbox.people import FIRST_PERSON_ID
from bot.storage.database import Database, Run
from bot.storage.opening import open_database, sqlite_url
from bot.storage.people import chat_hash
from bot.storage.tables import person, schedule
from tests.postgres import Unavailable, cluster

ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "Europe/London",
    "Europe/Berlin",
)
FIRST_DUE = datetime(2026, 6, 1, 14, 0, tzinfo=UTC)  # no zone above changes its clock in June
FAR_OFF = timedelta(days=60)
A_PERSON = 6  # schedules
CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Load:
    """How full a database is: all schedules, and those among them that come due together."""

    schedules: int
    due: int

    @property
    def people(self) -> int:
        """Six schedules a person, but never two of one person due together."""
        return max(-(-self.schedules // A_PERSON), self.due)


@asynccontextmanager
async def sqlite_store(folder: Path) -> AsyncIterator[Database]:
    """A migrated SQLite file with its key in a folder, where the bot would have them."""
    opened = await open_database(sqlite_url(folder), folder / "key")
    try:
        yield opened.database
    finally:
        await opened.database.close()


@asynccontextmanager
async def store(kind: str) -> AsyncIterator[Database]:
    """An empty database of a kind, `sqlite` or `postgresql`; RuntimeError where there is none."""
    with tempfile.TemporaryDirectory(prefix="stillwater-bench-") as name:
        if kind == "sqlite":
            async with sqlite_store(Path(name)) as database:
                yield database
            return
        with cluster() as server:
            if isinstance(server, Unavailable):
                raise RuntimeError(server.reason)
            opened = await open_database(server.create_database("bench"), Path(name) / "key")
            try:
                yield opened.database
            finally:
                await opened.database.close()
                server.drop_database("bench")


async def fill(database: Database, load: Load, first_due: datetime = FIRST_DUE) -> list[UUID]:
    """People and schedules; the first `load.due` come due at `first_due`, all others far later."""
    ids = [uuid7() for _ in range(load.people)]
    async with database.begin() as run:
        await _insert(run, person, (_person(run, at, ids[at], first_due) for at in range(len(ids))))
        await _insert(
            run, schedule, (_schedule(at, ids, load, first_due) for at in range(load.schedules))
        )
    await settle(database)
    return ids


async def settle(database: Database) -> None:
    """Let the planner know the sizes, as it would after a day of running."""
    async with database.begin() as run:
        await run(text("ANALYZE"))


async def _insert(run: Run, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            await run(table.insert(), chunk)
            chunk = []
    if chunk:
        await run(table.insert(), chunk)


def _person(run: Run, at: int, person_id: UUID, now: datetime) -> dict[str, Any]:
    chat_id = FIRST_PERSON_ID + at
    return {
        "id": person_id,
        "chat_hash": chat_hash(run, chat_id),
        "chat_sealed": run.vault.seal(str(chat_id), f"person.chat|{person_id}"),
        "language": "en",
        "country": "US",
        "zone": ZONES[at % len(ZONES)],
        "consent_version": 1,
        "consented_at": now,
        "joined_at": now,
    }


def _schedule(at: int, ids: list[UUID], load: Load, first_due: datetime) -> dict[str, Any]:
    who = at % len(ids)
    zone = ZONES[who % len(ZONES)]
    due = first_due if at < load.due else first_due + FAR_OFF + timedelta(seconds=at % 86_400)
    local = due.astimezone(ZoneInfo(zone))
    return {
        "id": uuid7(),
        "person_id": ids[who],
        "kind": "daily",
        "wall_minutes": local.hour * 60 + local.minute,
        "weekdays": EVERY_DAY,
        "zone": zone,
        "next_due_at": due,
    }


async def version_of(database: Database) -> dict[str, str]:
    """The server and what it promises about a commit."""
    if database.is_sqlite:
        return {"database": "SQLite, WAL, synchronous=FULL"}
    async with database.begin() as run:
        version = (await run(text("SHOW server_version"))).scalar_one()
        fsync = (await run(text("SHOW fsync"))).scalar_one()
        commit = (await run(text("SHOW synchronous_commit"))).scalar_one()
    return {"database": f"PostgreSQL {version}, fsync={fsync}, synchronous_commit={commit}"}

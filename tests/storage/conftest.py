from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import FrozenClock
from bot.domain.people import Person
from bot.storage import people
from bot.storage.database import Database
from tests.databases import (
    database,
    empty_url,
    postgres_migrated,
    postgres_server,
    sqlite_database,
    sqlite_template,
    url,
)

__all__ = [
    "database",
    "empty_url",
    "postgres_migrated",
    "postgres_server",
    "sqlite_database",
    "sqlite_template",
    "url",
]

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


async def joined(database: Database, chat_id: int = 1001) -> Person:
    """A person who has agreed to be kept."""
    async with database.begin() as run:
        return await people.add(run, chat_id, "en", 1, NOW)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(NOW)


@pytest.fixture
async def person(database: Database) -> Person:
    return await joined(database)

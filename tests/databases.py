"""Migrated databases for tests, quickly: SQLite by copying a file, PostgreSQL by emptying one.

A conftest takes the fixtures over by importing them; `database` runs a test once for each kind.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import text

from bot.storage.database import Database
from bot.storage.migrating import migrate
from bot.storage.tables import metadata
from bot.storage.vault import Vault
from tests.postgres import Cluster, Unavailable

T = TypeVar("T")

KEYS = {1: bytes(range(32))}
INDEX = bytes(range(32, 64))
KINDS = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))


def vault() -> Vault:
    """The vault of every test database."""
    return Vault(KEYS, INDEX)


def in_a_loop_of_its_own(body: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run to the end in another thread, for fixtures that outlive the loop of one test."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(lambda: asyncio.run(body())).result()


async def _migrated(url: str) -> None:
    database = Database(url, vault())
    await migrate(database)
    await database.close()


async def _emptied(url: str) -> None:
    names = ", ".join(table.name for table in metadata.sorted_tables)
    database = Database(url, vault())
    async with database.begin() as run:
        await run(text(f"TRUNCATE {names} RESTART IDENTITY"))
    await database.close()


@pytest.fixture(scope="session")
def postgres_server(postgres_cluster: Cluster | Unavailable) -> Cluster:
    """The run's PostgreSQL server, or a skip that says why there is none."""
    if isinstance(postgres_cluster, Unavailable):
        pytest.skip(postgres_cluster.reason)
    return postgres_cluster


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    file = tmp_path_factory.mktemp("template") / "stillwater.db"
    in_a_loop_of_its_own(lambda: _migrated(f"sqlite+aiosqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def postgres_migrated(postgres_server: Cluster) -> str:
    """The URL of a migrated database, shared: `_emptied` before each use."""
    url = postgres_server.create_database("stillwater_migrated")
    in_a_loop_of_its_own(lambda: _migrated(url))
    return url


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without a single table, of each kind."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'stillwater.db'}"
    server: Cluster = request.getfixturevalue("postgres_server")
    return server.create_database("stillwater_empty")


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a migrated, empty database of each kind."""
    if request.param == "sqlite":
        file = tmp_path / "stillwater.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), file)
        return f"sqlite+aiosqlite:///{file}"
    shared: str = request.getfixturevalue("postgres_migrated")
    in_a_loop_of_its_own(lambda: _emptied(shared))
    return shared


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """A migrated, empty database of each kind, checked and open."""
    opened = Database(url, vault())
    await opened.check()
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_database(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """A migrated, empty SQLite database, checked and open."""
    file = tmp_path / "stillwater.db"
    shutil.copyfile(sqlite_template, file)
    opened = Database(f"sqlite+aiosqlite:///{file}", vault())
    await opened.check()
    yield opened
    await opened.close()

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import Executable, select, text

from bot.errors import SetupError, StorageUnavailable
from bot.storage import database as engine
from bot.storage.database import PRAGMAS, Database
from bot.storage.opening import put_meta
from bot.storage.tables import meta
from tests.databases import vault

ENDLESS = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)"
    " SELECT count(*) FROM n"
)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks are waited for 50 ms instead of 5 s; to be asked for before the database."""
    monkeypatch.setitem(PRAGMAS, "busy_timeout", 50)


def file_of(database: Database) -> Path:
    assert database.file is not None
    return database.file


async def write(
    database: Database, value: bytes = b"kept", after: Executable | None = None
) -> None:
    async with database.begin() as run:
        if after is not None:
            await run(after)
        await put_meta(run, "fact", value)


async def threads_have_ended() -> None:
    """aiosqlite's threads report to the loop, so it must still be there when they end."""
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join)


async def test_sqlite_keeps_every_promise_on_each_connection(sqlite_database: Database) -> None:
    async with sqlite_database.begin() as run:
        for name, wanted in PRAGMAS.items():
            found = (await run.connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
            assert found == wanted, name
    assert PRAGMAS == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 5000,
    }


@pytest.mark.parametrize(
    ("name", "wish"), [("journal_mode", "delete"), ("synchronous", 1), ("foreign_keys", 0)]
)
async def test_a_database_that_refuses_a_promise_stops_the_start(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, name: str, wish: object
) -> None:
    # Opened as if the file system had refused, then checked against what we ask for.
    with monkeypatch.context() as refused:
        refused.setitem(PRAGMAS, name, wish)
        await sqlite_database.close()
        database = Database(sqlite_database.url, vault())
        await write(database)
    with pytest.raises(SetupError, match=rf"STILLWATER_DATA_DIR.*PRAGMA {name}") as caught:
        await database.check()
    assert "\n" not in str(caught.value)
    await database.close()


async def test_what_fails_half_way_leaves_nothing(database: Database) -> None:
    async def fails_half_way() -> None:
        async with database.begin() as run:
            await put_meta(run, "fact", b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails_half_way()
    async with database.peek() as run:
        assert (await run(select(meta))).all() == []


async def test_a_deleted_file_is_noticed_before_anything_is_written(
    sqlite_database: Database,
) -> None:
    await write(sqlite_database)
    file_of(sqlite_database).unlink()
    with pytest.raises(StorageUnavailable):
        await write(sqlite_database)


async def test_a_file_put_in_the_place_of_another_is_noticed(
    sqlite_database: Database, tmp_path: Path
) -> None:
    other = tmp_path / "other.db"
    other.write_bytes(file_of(sqlite_database).read_bytes())
    other.rename(file_of(sqlite_database))
    with pytest.raises(StorageUnavailable):
        await write(sqlite_database)


async def test_a_lock_held_for_too_long_makes_the_storage_unavailable_and_no_longer(
    hurried: None, sqlite_database: Database
) -> None:
    holder = sqlite3.connect(file_of(sqlite_database), isolation_level=None)
    try:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable):
            await write(sqlite_database)
        async with sqlite_database.peek() as run:
            assert (await run(select(meta))).all() == []
        holder.execute("ROLLBACK")
        await write(sqlite_database)
    finally:
        holder.close()


async def test_a_read_sees_what_was_committed_while_a_writer_is_at_work(
    sqlite_database: Database,
) -> None:
    await write(sqlite_database)
    async with sqlite_database.begin() as writer:
        await put_meta(writer, "second", b"open")
        async with sqlite_database.peek() as reader:
            assert [row.name for row in await reader(select(meta))] == ["fact"]


async def test_a_peek_cannot_write_on_sqlite(sqlite_database: Database) -> None:
    async def write_by_peeking() -> None:
        async with sqlite_database.peek() as run:
            await put_meta(run, "fact", b"no")

    with pytest.raises(StorageUnavailable):
        await write_by_peeking()


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    file = tmp_path / "stillwater.db"
    file.write_bytes(b"not a database, but long enough to look like one " * 100)
    database = Database(f"sqlite+aiosqlite:///{file}", vault())
    with pytest.raises(StorageUnavailable):
        await write(database)
    await database.close()
    await threads_have_ended()


async def test_a_database_that_is_damaged_while_in_use_is_unavailable(
    sqlite_database: Database,
) -> None:
    await write(sqlite_database)
    await sqlite_database.close()  # moves everything into the file
    file = file_of(sqlite_database)
    size = file.stat().st_size
    with file.open("r+b") as raw:
        raw.seek(4096)
        raw.write(b"\xff" * (size - 4096))
    with pytest.raises(StorageUnavailable):
        await write(sqlite_database)


async def test_a_folder_that_is_missing_is_unavailable(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'none' / 'stillwater.db'}", vault())
    with pytest.raises(StorageUnavailable):
        await write(database)
    await database.close()
    await threads_have_ended()


async def test_a_read_only_database_is_unavailable_for_writing(url: str) -> None:
    database = Database(url, vault())
    wish = "PRAGMA query_only=1" if database.is_sqlite else "SET TRANSACTION READ ONLY"
    with pytest.raises(StorageUnavailable):
        await write(database, after=text(wish))
    await database.close()


async def test_a_full_disk_is_unavailable(sqlite_database: Database) -> None:
    with pytest.raises(StorageUnavailable):
        await write(sqlite_database, b"x" * 100_000, after=text("PRAGMA max_page_count=1"))


@pytest.mark.postgres
async def test_a_server_that_is_gone_is_unavailable() -> None:
    database = Database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing", vault())
    with pytest.raises(StorageUnavailable):
        await write(database)
    await database.close()


async def test_a_statement_that_takes_too_long_is_broken_off(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "STATEMENT_S", 0.2)
    with pytest.raises(StorageUnavailable):
        await write(database, after=ENDLESS)
    await write(database)


async def test_a_transaction_that_is_cancelled_leaves_the_database_usable(
    database: Database,
) -> None:
    begun = asyncio.Event()

    async def never_ends() -> None:
        async with database.begin() as run:
            await put_meta(run, "fact", b"half")
            begun.set()
            await asyncio.Event().wait()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(never_ends())
        await begun.wait()
        task.cancel()
    await write(database)
    async with database.peek() as run:
        assert [row.value for row in await run(select(meta))] == [b"kept"]


@pytest.mark.postgres
async def test_a_worker_that_is_lost_without_a_word_does_not_keep_its_locks(
    database: Database,
) -> None:
    if database.is_sqlite:
        pytest.skip("there is one process on SQLite")
    async with database.begin() as run:
        shown = await run(text("SHOW idle_in_transaction_session_timeout"))
        assert shown.scalar_one() == "30s"

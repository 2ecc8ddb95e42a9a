"""The engine, its promises checked at start, and the unit of work."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import CursorResult, Executable, event, exc, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import SetupError, StorageUnavailable
from bot.storage.vault import Vault

STATEMENT_S = 10.0
"""No statement may take longer; the lock wait below is shorter, so a lock names itself first."""

LOCK_WAIT_MS = 5_000

# SQLSTATE: connection lost, read-only (a standby), deadlock, resources, locks, shutdown, disk.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_OUTAGES = ("08", "25006", "40", "53", "55", "57", "58")

# A host that is lost without a word must not keep its locks for the two hours of TCP's default.
_POSTGRES: dict[str, Any] = {
    "timeout": 5,
    "command_timeout": STATEMENT_S,
    "server_settings": {
        "tcp_keepalives_idle": "10",
        "tcp_keepalives_interval": "5",
        "tcp_keepalives_count": "3",
        "idle_in_transaction_session_timeout": "30000",
    },
}

PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL: a reply that Telegram confirmed may not be lost to a power cut
    "foreign_keys": 1,
    "secure_delete": 1,
    "busy_timeout": LOCK_WAIT_MS,
}


@dataclass(slots=True)
class Run:
    """One open transaction: statements in, rows out, with a time limit on each."""

    connection: AsyncConnection
    vault: Vault
    is_sqlite: bool
    _breaking: asyncio.Task[None] | None = None

    async def __call__(
        self,
        statement: Executable,
        parameters: Sequence[dict[str, Any]] | dict[str, Any] | None = None,
    ) -> CursorResult[Any]:
        """Execute one statement (or one statement over many rows); StorageUnavailable when slow."""
        if not self.is_sqlite:
            async with asyncio.timeout(STATEMENT_S):
                return await self.connection.execute(statement, parameters)
        timer = asyncio.get_running_loop().call_later(STATEMENT_S, self._break_off)
        try:
            return await self.connection.execute(statement, parameters)
        finally:
            timer.cancel()

    def _break_off(self) -> None:
        # A wait that is cancelled would leave SQLite's thread busy, and the rollback behind it.
        sync = self.connection.sync_connection
        driver = sync.connection.driver_connection if sync else None
        if driver is not None:
            self._breaking = asyncio.get_running_loop().create_task(driver.interrupt())


class Database:
    """One database, SQLite or PostgreSQL, behind units of work.

    SQLite gets one writing connection: it has one writer anyway, and a pool only adds waiting.
    """

    def __init__(self, url: str, vault: Vault) -> None:
        self.vault = vault
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.file = Path(make_url(url).database or "") if self.is_sqlite else None
        self._inode: int | None = None
        self._engine = _engine(url, pool_size=1 if self.is_sqlite else 8)
        self._reader = _engine(url, pool_size=1, read_only=True) if self.is_sqlite else self._engine

    async def check(self) -> None:
        """Assert the promises of the engine; SetupError when the database does not keep them."""
        async with self.begin() as run:
            if not self.is_sqlite:
                return
            for name, wanted in PRAGMAS.items():
                found = (await run.connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
                if found != wanted:
                    raise SetupError(
                        f"STILLWATER_DATA_DIR: SQLite refused PRAGMA {name}={wanted} (it says "
                        f"{found}); use a local disk, or PostgreSQL through STILLWATER_DATABASE_URL"
                    )
        if self.file is not None:
            self._inode = self.file.stat().st_ino

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Run]:
        """A transaction that commits when the block ends well and rolls back otherwise.

        Never hold it open across a network call. Raises StorageUnavailable when the database
        cannot be reached, is locked for too long, full, read-only, or gone.
        """
        self._still_there()
        async with _translated(), self._engine.begin() as connection:
            yield Run(connection, self.vault, self.is_sqlite)

    @asynccontextmanager
    async def peek(self) -> AsyncIterator[Run]:
        """A read that never waits for a writer."""
        self._still_there()  # else opening the reader would make an empty file in its place
        async with _translated(), self._reader.connect() as connection:
            yield Run(connection, self.vault, self.is_sqlite)

    @asynccontextmanager
    async def standing(self) -> AsyncIterator[Run]:
        """A connection without a transaction, to hold a session lock; PostgreSQL only."""
        async with _translated(), self._engine.connect() as connection:
            free = await connection.execution_options(isolation_level="AUTOCOMMIT")
            yield Run(free, self.vault, self.is_sqlite)

    async def close(self) -> None:
        """Give all connections back."""
        await self._engine.dispose()
        await self._reader.dispose()

    def _still_there(self) -> None:
        # A deleted file lives on behind our open handle: writes would succeed and then vanish.
        if self._inode is None or self.file is None:
            return
        try:
            same = self.file.stat().st_ino == self._inode
        except OSError:
            same = False
        if not same:
            raise StorageUnavailable("the database file is gone or was replaced")


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except (exc.OperationalError, exc.InterfaceError, exc.TimeoutError, exc.InternalError) as error:
        raise StorageUnavailable(type(error).__name__) from None
    except exc.DBAPIError as error:
        if error.connection_invalidated or _is_outage(error):
            raise StorageUnavailable(type(error.orig).__name__) from None
        raise
    except (TimeoutError, OSError, sqlite3.OperationalError) as error:
        raise StorageUnavailable(type(error).__name__) from None


def _is_outage(error: exc.DBAPIError) -> bool:
    """Whether the database, and not the statement, is at fault."""
    if type(error) is exc.DatabaseError:  # SQLite: malformed, or no database at all
        return True
    return (getattr(error.orig, "sqlstate", None) or "").startswith(_OUTAGES)


def _engine(url: str, pool_size: int, read_only: bool = False) -> AsyncEngine:
    is_sqlite = make_url(url).get_backend_name() == "sqlite"
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=STATEMENT_S,
        pool_pre_ping=not is_sqlite,
        hide_parameters=True,  # an error's text may reach a log; a person's words may not
        connect_args={} if is_sqlite else _POSTGRES,
    )
    if is_sqlite:
        _teach_sqlite(engine, read_only)
    return engine


def _teach_sqlite(engine: AsyncEngine, read_only: bool) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, see below
        try:
            cursor = connection.cursor()
            for name, value in PRAGMAS.items():
                cursor.execute(f"PRAGMA {name}={value}")
            if read_only:
                cursor.execute("PRAGMA query_only=1")
            cursor.close()
        except BaseException:
            connection.close()  # the pool would forget it, with its thread and its open file
            raise

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Any) -> None:
        # IMMEDIATE takes the write lock at once: no transaction fails half-way for want of it.
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

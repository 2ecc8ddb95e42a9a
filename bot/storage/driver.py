"""SQLite's connection as SQLAlchemy gets it: one visit to the connection's thread a statement.

aiosqlite goes there and back for the cursor, the statement, its rows and the cursor's end. Each
trip wakes two threads, which costs more than most of our statements.
"""

import sqlite3
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import aiosqlite


class OneTripCursor(aiosqlite.Cursor):
    """Executes and fetches in one go; SQLAlchemy reads all rows at once anyway."""

    def __init__(self, connection: "OneTripConnection") -> None:
        self._connection = connection
        self._rows: list[Any] = []

    async def __aenter__(self) -> "OneTripCursor":
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> "OneTripCursor":
        """Execute one statement and keep its rows."""
        self._cursor, self._rows = await self._connection.run(_execute, sql, parameters or ())
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> "OneTripCursor":
        """Execute one statement for many rows of values."""
        self._cursor, self._rows = await self._connection.run(_execute_many, sql, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        """The rows of the last statement; a second call has none."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing is open: every statement has run to its end."""


class OneTripConnection(aiosqlite.Connection):
    """aiosqlite's connection with those cursors, and no rollback of what has not begun."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)
        self._thread.daemon = True  # SQLAlchemy sees to this only for connections of its own

    async def _connect(self) -> "OneTripConnection":
        try:
            await super()._connect()
        except BaseException:
            self._thread.join()  # it reports its end to the loop, which must still be there
            raise
        return self

    def cursor(self) -> OneTripCursor:  # type: ignore[override] # it is entered, never awaited
        """A cursor; nothing happens in the thread yet."""
        return OneTripCursor(self)

    async def run(self, act: Callable[..., Any], *arguments: Any) -> Any:
        """Call `act` with SQLite's own connection, in the connection's thread."""
        return await self._execute(  # type: ignore[no-untyped-call]
            act, self._conn, *arguments
        )

    async def rollback(self) -> None:
        """Undo the open transaction, if there is one."""
        if self.in_transaction:
            await super().rollback()


def _execute(
    connection: sqlite3.Connection, sql: str, parameters: Any
) -> tuple[sqlite3.Cursor, list[Any]]:
    cursor = connection.execute(sql, parameters)
    return cursor, cursor.fetchall() if cursor.description else []


def _execute_many(
    connection: sqlite3.Connection, sql: str, parameters: Any
) -> tuple[sqlite3.Cursor, list[Any]]:
    return connection.executemany(sql, parameters), []


def connect(*where: Any, **how: Any) -> OneTripConnection:
    """A connection about to be opened; takes what `sqlite3.connect` takes."""
    return OneTripConnection(partial(sqlite3.connect, *where, **how))

"""From a folder, a URL and a key file to a database that is safe to write to."""

import fcntl
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import KeyFileError, SettingsError, SetupError, StorageUnavailable, Undecipherable
from bot.storage.database import Database, Run
from bot.storage.migrating import migrate, revision_of
from bot.storage.tables import meta
from bot.storage.vault import Vault, load_key_file, make_key_file

_KEY_CHECK = "key_check"
_BOT_ID = "bot_id"


@dataclass(frozen=True, slots=True)
class Opened:
    """A database that is ready, and whether its key was made just now."""

    database: Database
    key_is_new: bool


def sqlite_url(data_dir: Path) -> str:
    """Where the database lives when no other is named."""
    return f"sqlite+aiosqlite:///{data_dir / 'stillwater.db'}"


def claim_folder(data_dir: Path, alone: bool) -> int:
    """Make the data folder ours; the descriptor holds the lock until it is closed.

    `alone` where the database lies in it: SQLite is for one process. SettingsError when the
    folder cannot be written, or another process uses it.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(data_dir / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SettingsError(
            f"STILLWATER_DATA_DIR: {data_dir} cannot be written ({error.strerror}); "
            "make it a folder that the user who runs the bot may write"
        ) from None
    try:
        fcntl.flock(lock, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise SettingsError(
            f"STILLWATER_DATA_DIR: another Stillwater runs on {data_dir}; stop it first, "
            "or use PostgreSQL for several workers"
        ) from None
    return lock


async def open_database(url: str, key_file: Path) -> Opened:
    """Open, migrate and check; SetupError with one line when that is not safe."""
    try:
        return await _open(url, key_file)
    except StorageUnavailable as error:
        raise SetupError(
            f"STILLWATER_DATABASE_URL: the database cannot be opened ({error}); check that it is "
            "there, is a database, and may be read and written by the user who runs the bot"
        ) from None


async def _open(url: str, key_file: Path) -> Opened:
    was_used = await _was_used(url)
    vault, is_new = _key(key_file, was_used)
    database = Database(url, vault)
    if database.file is not None and not os.access(database.file.parent, os.W_OK):
        raise StorageUnavailable("no folder that can be written")
    try:
        if was_used:  # a key that does not fit must not first bring the schema up
            async with database.begin() as run:
                await _check_key(run)
        await migrate(database)
        await database.check()
        async with database.begin() as run:
            await _check_key(run)
    except BaseException:
        await database.close()
        raise
    return Opened(database, is_new)


def _key(key_file: Path, was_used: bool) -> tuple[Vault, bool]:
    """The key, made only where nothing is sealed yet; whether it was made just now."""
    if was_used or key_file.exists():
        return load_key_file(key_file), False
    return make_key_file(key_file), True


async def _was_used(url: str) -> bool:
    """Whether there is a database already, without creating one by looking."""
    probe = Database(url, Vault({1: bytes(32)}, b""))
    if probe.file is not None and not _has_content(probe.file):
        return False
    try:
        async with probe.begin() as run:
            return await run.connection.run_sync(revision_of) is not None
    finally:
        await probe.close()


def _has_content(file: Path) -> bool:
    """Whether a database file can be opened and is not empty; StorageUnavailable if it cannot.

    Asked of SQLite directly: a connection of aiosqlite that fails to open leaves its thread behind,
    which then complains on the way out.
    """
    try:
        if not file.exists() or not file.stat().st_size:
            return False
        sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True).close()
    except (OSError, sqlite3.Error) as error:
        raise StorageUnavailable(type(error).__name__) from None
    return True


async def _check_key(run: Run) -> None:
    place = f"meta.value|{_KEY_CHECK}"
    row = (await run(select(meta.c.value).where(meta.c.name == _KEY_CHECK))).one_or_none()
    if row is None:
        await put_meta(run, _KEY_CHECK, run.vault.seal("stillwater", place))
        return
    try:
        run.vault.open(row.value, place)
    except Undecipherable:
        raise KeyFileError(
            "STILLWATER_KEY_FILE: this key does not fit this database; "
            "put back the key that it was made with"
        ) from None


async def put_meta(run: Run, name: str, value: bytes) -> None:
    """Keep a fact about the installation."""
    insert = sqlite.insert if run.is_sqlite else postgresql.insert
    await run(
        insert(meta)
        .values(name=name, value=value)
        .on_conflict_do_update(index_elements=["name"], set_={"value": value})
    )


async def check_bot(database: Database, bot_id: int) -> None:
    """One database belongs to one bot; SetupError when it was filled by another.

    Without this a token changed by mistake would write to people who never met that bot.
    """
    async with database.begin() as run:
        row = (await run(select(meta.c.value).where(meta.c.name == _BOT_ID))).one_or_none()
        if row is None:
            await put_meta(run, _BOT_ID, str(bot_id).encode())
        elif row.value != str(bot_id).encode():
            raise SettingsError(
                "STILLWATER_TOKEN: this database belongs to another bot; use that bot's token, "
                "or another STILLWATER_DATA_DIR (or STILLWATER_DATABASE_URL)"
            )

"""Databases that are made once a test run and copied for each test."""

import asyncio
import io
import shutil
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.storage.opening import open_database, sqlite_url
from tests.house import A_WEDNESDAY, housed


def make_template(folder: Path) -> None:
    """A migrated, empty SQLite database and its key, to be copied for each test."""

    async def make() -> None:
        opened = await open_database(sqlite_url(folder), folder / "key")
        await opened.database.close()

    _run_apart(make())


def make_joined_template(empty: Path, folder: Path) -> None:
    """The same after the first person has joined, a little before the tests begin."""

    async def make() -> None:
        early = A_WEDNESDAY - timedelta(minutes=5)  # so that no update looks like one of a test
        async with housed(folder, None, io.StringIO(), early) as house:
            await (await house.person()).joins()
            await house.quiet()

    copy_template(empty, folder)
    _run_apart(make())


def _run_apart(work: Coroutine[Any, Any, None]) -> None:
    # In a thread of its own: a fixture may ask for it inside a running event loop.
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(asyncio.run, work).result()


def copy_template(template: Path, folder: Path) -> None:
    """The template's database and key in a folder of its own."""
    folder.mkdir(parents=True)
    for name in ("stillwater.db", "key"):
        shutil.copy2(template / name, folder)

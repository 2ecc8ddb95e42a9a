"""The sandbox as a whole, in this process: its folder is its own, and emptied only when free."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.play import Play, fresh_folder, play
from bot.settings import Settings, read
from bot.storage.opening import claim_folder

QUIETLY = Play(port=0, open_browser=False)


@pytest.fixture
def settings(tmp_path: Path, no_certificates: None) -> Settings:
    return read({}, data_dir=tmp_path / "data")


@asynccontextmanager
async def playing(settings: Settings) -> AsyncIterator[None]:
    """A sandbox whose bot has begun to work: its heart beats."""
    heartbeat = settings.data_dir / "sandbox" / "heartbeat"
    heartbeat.unlink(missing_ok=True)
    stop = asyncio.Event()
    running = asyncio.create_task(play(settings, QUIETLY, stop))  # noqa: TID251 - awaited below
    while not heartbeat.exists():
        assert not running.done()
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        stop.set()
        await running


def tables(file: Path) -> set[str]:
    with sqlite3.connect(file) as database:
        found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    database.close()
    return {name for (name,) in found}


async def test_a_second_sandbox_on_the_same_folder_is_refused_and_spoils_nothing(
    settings: Settings,
) -> None:
    async with playing(settings):
        file = settings.data_dir / "sandbox" / "stillwater.db"
        before = file.stat().st_ino
        with pytest.raises(SettingsError, match="another Stillwater runs") as refused:
            await play(settings, QUIETLY, asyncio.Event())
        assert "\n" not in str(refused.value)
        assert file.stat().st_ino == before
        assert "inbox" in tables(file)


async def test_every_run_begins_with_an_empty_folder(settings: Settings) -> None:
    async with playing(settings):
        key = (settings.data_dir / "sandbox" / "key").read_bytes()
    async with playing(settings):
        assert (settings.data_dir / "sandbox" / "key").read_bytes() != key


async def test_the_operators_own_data_beside_the_sandbox_stay(settings: Settings) -> None:
    settings.data_dir.mkdir()
    own = settings.data_dir / "stillwater.db"
    own.write_bytes(b"precious")
    async with playing(settings):
        pass
    assert own.read_bytes() == b"precious"


async def test_a_sandbox_without_a_bot_leaves_the_folder_alone(settings: Settings) -> None:
    folder = settings.data_dir / "sandbox"
    lock = claim_folder(folder, alone=True)
    (folder / "kept").write_bytes(b"")
    stop = asyncio.Event()
    stop.set()
    await play(settings, Play(port=0, open_browser=False, with_bot=False), stop)
    assert (folder / "kept").exists()
    os.close(lock)


def test_all_goes_but_the_lock_and_what_a_link_points_to(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "sandbox", tmp_path / "elsewhere"
    (folder / "spool" / "deep").mkdir(parents=True)
    elsewhere.mkdir()
    for file in (folder / "spool" / "deep" / "x", folder / "y", elsewhere / "z"):
        file.write_bytes(b"x")
    (folder / "link").symlink_to(elsewhere)
    fresh_folder(folder)
    assert [each.name for each in folder.iterdir()] == ["lock"]
    assert (elsewhere / "z").exists()


def test_a_folder_that_is_not_there_yet_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    fresh_folder(tmp_path / "data" / "sandbox")
    assert (tmp_path / "data" / "sandbox").stat().st_mode & 0o077 == 0

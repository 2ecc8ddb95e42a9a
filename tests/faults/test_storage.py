"""F17, F18, F19: the database is locked, is gone, or the disk is full."""

import asyncio
import errno
import os
import resource
import sqlite3
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import pytest

from bot.delivery import ingest
from bot.storage import database as engine
from tests.faults.books import Books, read_books
from tests.faults.checks import Crashes, examine
from tests.faults.conftest import IS_LONG
from tests.faults.crowd import Crowd
from tests.faults.stage import Stage

pytestmark = pytest.mark.faults

ANNA = 5001
CANNOT_SAVE = "I cannot save right now."


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorter waits for a lock and before the notice; the long form takes the real ones."""
    if not IS_LONG:
        monkeypatch.setattr(ingest, "TELL_AFTER_S", 1.0)
        monkeypatch.setitem(engine.PRAGMAS, "busy_timeout", 300)


async def books_of(place: Stage) -> Books:
    return await read_books(place.url, place.data, place.world)


def cards(place: Stage, person: int) -> list[str]:
    return [text for text in place.texts(person) if text.startswith("If life may be in danger")]


@asynccontextmanager
async def write_lock(database: Path) -> AsyncIterator[None]:
    """Another program holds SQLite's one write lock."""
    with closing(sqlite3.connect(database, isolation_level=None, timeout=0)) as connection:
        while not connection.in_transaction:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:  # the bot has it just now; it needs our loop to end
                await asyncio.sleep(0.01)
        yield
        connection.execute("ROLLBACK")


def without_notices(books: Books) -> None:
    """Leave out what no row explains: that nothing can be saved just now."""
    books.sends[:] = [send for send in books.sends if not send["text"].startswith(CANNOT_SAVE)]


async def test_f17_while_the_database_is_locked_help_comes_and_nothing_is_lost(
    place: Stage, crowd: Crowd, impatient: None
) -> None:
    """2 s with a short lock wait; 30 s with the real one in the long form."""
    await crowd.settle(8, 0)
    async with place.within(send_rate="1000"):
        await place.until(lambda: place.world.ledger.requests("getUpdates")["getUpdates"]["count"])
        async with write_lock(place.database):
            for person in crowd.members[:5]:
                place.say(person, "/help")
            for person in crowd.members[5:]:
                place.say(person, "/sos")
            await place.until(lambda: all(cards(place, each) for each in crowd.members[5:]), 1.5)
            await asyncio.sleep(30 if IS_LONG else 2)
            place.say(ANNA, "/help")
            await place.until(lambda: CANNOT_SAVE in " ".join(place.texts(ANNA)))
        await place.until(place.quiet, within_s=60)
    books = await books_of(place)
    assert len(books.kept) == 9
    without_notices(books)
    assert examine(books, Crashes()).broken == []
    assert len(books.sends) == 9


async def test_f18_a_database_that_vanishes_live_leaves_help_and_honest_words(
    place: Stage, crowd: Crowd, impatient: None
) -> None:
    await crowd.settle(100, 0)
    aside = place.database.with_name("aside.db")
    async with place.within(send_rate="1000"):
        await place.until(lambda: place.world.ledger.requests("getUpdates")["getUpdates"]["count"])
        place.database.rename(aside)
        for person in crowd.members:
            place.say(person, "/sos")
        await place.until(lambda: all(cards(place, each) for each in crowd.members))
        await asyncio.sleep(11 if IS_LONG else 1.5)
        for _ in range(3):
            place.say(ANNA, "/today")
            await asyncio.sleep(0.2)
        assert not place.database.exists()  # never an empty one in its place
        aside.rename(place.database)
        await place.until(place.quiet, within_s=60)
    books = await books_of(place)
    assert Counter(len(cards(place, each)) for each in crowd.members) == {1: 100}
    assert sum(CANNOT_SAVE in text for text in place.texts(ANNA)) == 1
    assert len(books.kept) == 103
    assert {kept.state for kept in books.kept} == {"done"}


UNFIT = ["not a database", "a folder", "no folder"]


@pytest.mark.parametrize("what", UNFIT if IS_LONG else UNFIT[:1])
async def test_f18_what_cannot_be_opened_at_the_start_is_said_in_one_line(
    place: Stage, what: str
) -> None:
    place.data.mkdir()
    if what == "a folder":
        place.database.mkdir()
    elif what == "not a database":
        place.database.write_bytes(b"this is not a database, " * 500)
    else:
        place.data.rmdir()
        place.data.write_bytes(b"")
    life = await place.start()
    assert await life.ended() == 2
    assert len(life.lines) == 1
    assert life.lines[0].startswith("stillwater: STILLWATER_")


def no_more_bytes(pid: int) -> None:
    """Every write to a file fails with EFBIG from now on: database, log and spool alike."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))


def free_again(pid: int) -> None:
    infinite = resource.RLIM_INFINITY
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (infinite, infinite))


async def test_f19_with_no_room_at_all_updates_stay_with_telegram_and_help_still_comes(
    place: Stage, crowd: Crowd
) -> None:
    await crowd.settle(10, 0)
    life = await place.start()
    await life.ready()
    await place.until(lambda: place.world.ledger.requests("getUpdates")["getUpdates"]["count"])
    no_more_bytes(life.process.pid)
    for person in crowd.members:
        place.say(person, "/sos")
        place.say(person, "/checkin")
    await place.until(lambda: all(cards(place, each) for each in crowd.members))
    await place.until(lambda: life.events["updates_not_kept"] >= 2)
    assert place.world.updates.receipts.confirmed == []
    said = [text for text in place.texts() if not text.startswith(CANNOT_SAVE)]
    assert len(said) == 10  # the cards, and not a word that anything was kept
    free_again(life.process.pid)
    await place.until(place.quiet)
    assert await life.stop() == 0
    books = await books_of(place)
    assert len(books.kept) == 20
    without_notices(books)
    assert len(books.sends) == 20
    assert examine(books, Crashes()).broken == []


@contextmanager
def small_disk(folder: Path, size: str = "16m") -> Iterator[None]:
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("a small disk can be mounted by root only")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(ballast: Path) -> None:
    """Take every byte that the disk has left."""
    try:
        with ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
    except OSError as error:
        assert error.errno == errno.ENOSPC  # noqa: PT017 - any other error is a failed test


@pytest.mark.skipif(not IS_LONG or os.geteuid() != 0, reason="the long form, and root's to mount")
async def test_f19_on_a_full_disk_what_telegram_was_told_is_on_the_disk(
    place: Stage, crowd: Crowd
) -> None:
    with small_disk(place.data):
        await crowd.settle(10, 0)
        life = await place.start()
        await life.ready()
        ballast = place.data / "ballast"
        fill(ballast)
        for number in range(
            80
        ):  # Telegram hands out a hundred at a time, so help stands among them
            place.say(crowd.members[number % 10], "/help")
        for person in crowd.members:
            place.say(person, "/sos")
        await place.until(lambda: all(cards(place, each) for each in crowd.members))
        await place.until(lambda: life.events["updates_not_kept"] >= 1)
        ballast.unlink()
        await place.until(place.quiet)
        assert await life.stop() == 0
        books = await books_of(place)
    assert len(books.kept) == 90
    without_notices(books)
    assert examine(books, Crashes()).broken == []

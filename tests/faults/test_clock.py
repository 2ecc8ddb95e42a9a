"""F24-F27: clocks that jump, zones that change, machines that sleep, loops that stall."""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from uuid_utils.compat import uuid7

from bot.clock import FrozenClock, MovableClock
from bot.domain.schedules import EVERY_DAY, WallTime, next_due, occurrence_day
from bot.domain.schedules import _zone_names as zone_names
from bot.ground import CONTENT
from bot.library import Library
from bot.services import build
from bot.storage import people, schedules
from bot.storage.opening import open_database, sqlite_url
from bot.storage.tables import schedule
from tests.faults.books import Books, read_books
from tests.faults.conftest import IS_LONG, next_minute, planned
from tests.faults.crowd import Crowd
from tests.faults.stage import Stage, stage

pytestmark = pytest.mark.faults

ANNA = 5001
A_TICK_S = 1.3


async def books_of(place: Stage) -> Books:
    return await read_books(place.url, place.data, place.world)


async def test_f24_however_the_clock_jumps_a_slot_is_sent_once(place: Stage, crowd: Crowd) -> None:
    due = next_minute(place, timedelta(minutes=30))
    planned(crowd, ANNA, "daily", due)
    planned(crowd, 5002, "nudge", due)
    await crowd.settle(2, 0)
    chance = Random(24)  # noqa: S311 - repeatable
    async with place.within():
        for _ in range(10):
            place.world.time.move_to(due + timedelta(seconds=chance.uniform(-90, 90)))
            await asyncio.sleep(A_TICK_S if IS_LONG else 0.3)
        place.world.time.move_to(due + timedelta(seconds=1))
        await place.until(lambda: len(place.texts()) == 2)
        for hours in (-2, 2, 2, -2) if IS_LONG else (-2, 2):
            place.world.time.move(timedelta(hours=hours))
            await asyncio.sleep(A_TICK_S)
        await place.until(place.quiet)
    books = await books_of(place)
    assert Counter(send["chat_id"] for send in books.sends) == {ANNA: 1, 5002: 1}
    assert {row.state for row in books.said} == {"sent"}


async def test_f24_set_two_hours_ahead_a_nudge_is_left_out_and_a_check_in_comes_once(
    place: Stage, crowd: Crowd
) -> None:
    due = next_minute(place, timedelta(minutes=30))
    planned(crowd, ANNA, "daily", due)
    planned(crowd, 5002, "nudge", due)
    await crowd.settle(2, 0)
    async with place.within():
        place.world.time.move(timedelta(hours=2))
        await place.until(lambda: place.texts(ANNA))
        await asyncio.sleep(A_TICK_S)
        await place.until(place.quiet)
    books = await books_of(place)
    assert Counter(send["chat_id"] for send in books.sends) == {ANNA: 1}


WALLS = (WallTime(2, 30), WallTime(9), WallTime(23, 45))


@pytest.mark.parametrize("wall", WALLS, ids=str)
def test_f25_every_local_day_has_its_one_slot_in_every_zone(wall: WallTime) -> None:
    """Two years; every zone in the long form, one in eight otherwise."""
    begin, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
    for zone in sorted(zone_names())[:: 1 if IS_LONG else 8]:
        days = []
        due = next_due(wall, EVERY_DAY, zone, begin)
        while due is not None and due < end:
            days.append(occurrence_day(due, zone, wall))
            due = next_due(wall, EVERY_DAY, zone, due)
        steps = {later - earlier for earlier, later in pairwise(days)}
        assert steps == {timedelta(days=1)}, zone


async def test_f25_a_change_of_zone_a_minute_to_midnight_doubles_no_slot(tmp_path: Path) -> None:
    """Every evening at 23:59 to the next zone, at the real due table, for 30 days."""
    clock = FrozenClock(datetime(2026, 3, 20, 12, 0, tzinfo=UTC))
    zones = ("Europe/Berlin", "Asia/Kathmandu", "Pacific/Apia", "America/New_York", "UTC")
    opened = await open_database(sqlite_url(tmp_path), tmp_path / "key")
    database = opened.database
    sent: list[datetime] = []
    try:
        services = build(database, clock, Library.load(CONTENT))
        async with database.begin() as run:
            anna = await people.add(run, ANNA, "en", 1, clock.now())
        for day in range(30):
            zone = zones[day % len(zones)]
            async with database.begin() as run:
                await schedules.set_daily(
                    run, anna.id, "nudge", WallTime(9), EVERY_DAY, zone, clock.now()
                )
            async with database.peek() as run:
                due = await schedules.next_of(run, anna.id)
            assert due is not None
            clock.move(due - clock.now())
            for _ in range(3):  # however often the tick comes
                opened_now = await services.checkins.open_due(10)
                sent += [clock.now()] * opened_now.sent
            clock.move(timedelta(hours=14, minutes=59))  # 23:59 where they are
    finally:
        await database.close()
    assert len(sent) == 30
    assert len(set(sent)) == 30


async def test_f26_after_eight_hours_asleep_a_person_hears_once(place: Stage, crowd: Crowd) -> None:
    """Three check-ins and five nudges fell due while the machine slept."""
    await crowd.settle(3, 0)
    now = place.world.clock.now()
    opened = await open_database(place.url, place.data / "key")
    async with opened.database.begin() as run:
        for number in crowd.members:
            person = await people.find(run, number)
            assert person is not None
            for hour, kind in enumerate(("daily", "nudge", "nudge", "daily", "nudge", "daily")):
                due = now + timedelta(hours=hour + 1)
                await run(
                    schedule.insert().values(
                        id=uuid7(),
                        person_id=person.id,
                        kind=kind,
                        wall_minutes=due.hour * 60 + due.minute,
                        weekdays=EVERY_DAY,
                        zone="UTC",
                        next_due_at=due.replace(second=0, microsecond=0),
                    )
                )
    await opened.database.close()
    async with place.within():
        await asyncio.sleep(A_TICK_S)
        place.world.time.move(timedelta(hours=8))
        await place.until(lambda: len(place.texts()) >= 3)
        await asyncio.sleep(A_TICK_S)
        await place.until(place.quiet)
    assert Counter(send["chat_id"] for send in place.world.ledger.sends(0)) == dict.fromkeys(
        crowd.members, 1
    )


async def test_f27_a_stall_of_the_loop_at_the_due_moment_drops_nothing(
    tmp_path: Path,
) -> None:
    """A hundred people, and 3.5 s in which nothing in the process moves."""
    async with stage(tmp_path, MovableClock()) as place:
        crowd = Crowd(place, Random(27))  # noqa: S311 - repeatable
        due = next_minute(place, timedelta(minutes=10))
        for number in range(5001, 5101):
            planned(crowd, number, "nudge", due)
        await crowd.settle(100, 0)
        async with place.within(send_rate="1000"):
            place.world.time.move_to(due - timedelta(seconds=1))
            await asyncio.sleep(0.5)
            time.sleep(3.5)  # noqa: ASYNC251 - the stall is the point
            await place.until(lambda: place.world.ledger.count == 100 and place.quiet())
        books = await books_of(place)
    assert Counter(row.state for row in books.said) == {"sent": 100}

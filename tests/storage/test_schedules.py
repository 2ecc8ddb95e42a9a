from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.domain.people import Person
from bot.domain.schedules import EVERY_DAY, WallTime
from bot.errors import Stale
from bot.storage import schedules
from bot.storage.database import Database, Run
from bot.storage.schedules import Due
from bot.storage.tables import schedule
from tests.databases import vault
from tests.storage.conftest import MINUTE, NOW, joined

DAY = timedelta(days=1)
EIGHT = WallTime(20)


async def set_daily(
    database: Database,
    person: Person,
    wall: WallTime = EIGHT,
    kind: str = "daily",
    weekdays: int = EVERY_DAY,
    zone: str = "UTC",
) -> datetime | None:
    async with database.begin() as run:
        return await schedules.set_daily(run, person.id, kind, wall, weekdays, zone, NOW)


async def claim(database: Database, now: datetime, limit: int = 10) -> list[Due]:
    async with database.begin() as run:
        return await schedules.claim_due(run, now, limit)


async def rows(database: Database) -> list[Any]:
    async with database.begin() as run:
        return list((await run(select(schedule).order_by(schedule.c.kind))).all())


def at(hour: int, minute: int = 0, day: int = 25) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


async def test_a_schedule_is_kept_in_wall_time_and_derived_in_utc(
    database: Database, person: Person
) -> None:
    due = await set_daily(database, person, WallTime(20), zone="Asia/Kuala_Lumpur")
    assert due == at(12, day=26)
    (row,) = await rows(database)
    assert (row.wall_minutes, row.weekdays, row.zone) == (1200, 127, "Asia/Kuala_Lumpur")


async def test_a_new_time_takes_the_place_of_the_old_one(
    database: Database, person: Person
) -> None:
    await set_daily(database, person)
    await set_daily(database, person, kind="nudge")
    await set_daily(database, person, WallTime(21))
    daily, nudge = await rows(database)
    assert (daily.wall_minutes, nudge.wall_minutes) == (1260, 1200)


async def test_what_is_due_is_claimed_once_and_moves_on(database: Database, person: Person) -> None:
    await set_daily(database, person)
    assert await claim(database, at(19, 59)) == []
    (due,) = await claim(database, at(20))
    assert (due.due_at, due.day, due.kind) == (at(20), at(20).date(), "daily")
    assert (due.person_id, due.language) == (person.id, "en")
    assert due.chat_hash == vault().hash("1001", "chat")
    assert await claim(database, at(20)) == []
    (row,) = await rows(database)
    assert row.next_due_at == at(20, day=26)


async def test_days_that_were_slept_through_come_up_once(
    database: Database, person: Person
) -> None:
    await set_daily(database, person)
    (due,) = await claim(database, at(20) + 3 * DAY + MINUTE)
    assert due.due_at == at(20)
    (row,) = await rows(database)
    assert row.next_due_at == at(20) + 4 * DAY


async def test_the_longest_due_comes_first_and_no_more_than_asked_for(
    database: Database,
) -> None:
    for number, hour in ((1, 15), (2, 13), (3, 14)):
        await set_daily(database, await joined(database, number), WallTime(hour))
    first = await claim(database, at(20), limit=2)
    assert [due.due_at for due in first] == [at(13), at(14)]
    assert [due.due_at for due in await claim(database, at(20), limit=2)] == [at(15)]


async def test_a_schedule_without_weekdays_sleeps(database: Database, person: Person) -> None:
    assert await set_daily(database, person, weekdays=0) is None
    assert await claim(database, at(20) + 365 * DAY) == []


async def test_weekdays_are_those_of_the_persons_zone(database: Database, person: Person) -> None:
    # 25 November 2026 is a Wednesday in UTC; nine on Thursday in Auckland falls on it.
    thursday = 1 << 3
    due = await set_daily(database, person, WallTime(9), weekdays=thursday, zone="Pacific/Auckland")
    assert due == at(20)


async def test_the_wall_time_stays_when_the_clocks_change(
    database: Database, person: Person
) -> None:
    async with database.begin() as run:
        before = datetime(2027, 3, 27, 12, tzinfo=UTC)
        due = await schedules.set_daily(
            run, person.id, "daily", WallTime(8), EVERY_DAY, "Europe/Berlin", before
        )
    assert due == datetime(2027, 3, 28, 6, tzinfo=UTC)


async def test_asleep_nothing_is_due_and_awake_the_old_time_holds(
    database: Database, person: Person
) -> None:
    await set_daily(database, person)
    await set_daily(database, person, WallTime(19), kind="nudge")
    async with database.begin() as run:
        await schedules.sleep(run, person.id)
        assert await schedules.next_of(run, person.id) is None
    assert await claim(database, at(20) + 9 * DAY) == []
    async with database.begin() as run:
        assert await schedules.wake(run, person.id, at(12) + 9 * DAY) == at(19) + 9 * DAY
        assert await schedules.next_of(run, person.id) == at(19) + 9 * DAY


async def test_one_persons_sleep_wakes_nobody_and_stops_nobody_else(
    database: Database, person: Person
) -> None:
    other = await joined(database, 1002)
    await set_daily(database, person)
    await set_daily(database, other)
    async with database.begin() as run:
        await schedules.sleep(run, person.id)
    assert [due.person_id for due in await claim(database, at(20))] == [other.id]


async def test_whoever_has_no_schedule_wakes_to_none(database: Database, person: Person) -> None:
    async with database.begin() as run:
        assert await schedules.wake(run, person.id, NOW) is None
        assert await schedules.next_of(run, person.id) is None


async def test_a_dropped_schedule_is_gone(database: Database, person: Person) -> None:
    await set_daily(database, person)
    await set_daily(database, person, kind="nudge")
    async with database.begin() as run:
        await schedules.drop(run, person.id, "daily")
    assert [row.kind for row in await rows(database)] == ["nudge"]


async def test_whoever_claims_second_loses_and_changes_nothing(
    database: Database, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_daily(database, person)
    look = schedules._due_rows

    async def claim_after_another(run: Run) -> None:
        # Between our look and our claim another worker moves the row.
        seen = (await run(look(at(20), 10, run.is_sqlite))).all()
        await run(update(schedule).values(next_due_at=at(20, day=26)))
        moves = [
            {"b_id": row.id, "b_old": row.next_due_at, "b_new": at(20, day=27)} for row in seen
        ]
        assert len(moves) == 1
        assert await schedules._advance(run, moves) == 0

    async with database.begin() as run:
        await claim_after_another(run)
    (row,) = await rows(database)
    assert row.next_due_at == at(20, day=26)


async def test_a_claim_that_moves_fewer_rows_than_it_saw_is_stale(
    database: Database, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_daily(database, person)

    async def nothing_moved(_run: Run, _moves: object) -> int:
        return 0

    monkeypatch.setattr(schedules, "_advance", nothing_moved)
    with pytest.raises(Stale):
        await claim(database, at(20))
    (row,) = await rows(database)
    assert row.next_due_at == at(20)


async def test_a_schedule_that_cannot_be_computed_is_put_off_and_costs_itself_alone(
    database: Database, person: Person
) -> None:
    await set_daily(database, person, kind="daily")
    await set_daily(database, person, kind="nudge")
    async with database.begin() as run:
        await run(update(schedule).where(schedule.c.kind == "daily").values(zone="Not/A_Zone"))
    assert [due.kind for due in await claim(database, at(20))] == ["nudge"]
    assert [row.next_due_at for row in await rows(database)] == [at(21), at(20, day=26)]


async def recompute(database: Database, now: datetime, limit: int) -> None:
    last = None
    while True:
        async with database.begin() as run:
            last = await schedules.recompute(run, now, last, limit)
        if last is None:
            return


@pytest.mark.parametrize("limit", [1, 2, 10])
async def test_what_a_clock_that_ran_ahead_has_moved_far_off_comes_back(
    database: Database, person: Person, limit: int
) -> None:
    await set_daily(database, person, kind="daily")
    await set_daily(database, person, kind="nudge", wall=WallTime(9))
    await claim(database, NOW + 30 * DAY)
    await recompute(database, NOW, limit)
    assert [row.next_due_at for row in await rows(database)] == [
        await set_daily(database, person, kind="daily"),
        await set_daily(database, person, kind="nudge", wall=WallTime(9)),
    ]


async def test_a_schedule_that_sleeps_stays_asleep_when_the_clock_is_set(
    database: Database, person: Person
) -> None:
    await set_daily(database, person)
    async with database.begin() as run:
        await schedules.sleep(run, person.id)
    await recompute(database, NOW, 10)
    assert [row.next_due_at for row in await rows(database)] == [None]

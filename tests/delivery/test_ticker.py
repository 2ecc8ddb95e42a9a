import asyncio
import time
from collections import Counter
from datetime import datetime, timedelta

import pytest
from uuid_utils.compat import uuid7

from bot.clock import Clock, FrozenClock, MovableClock, SystemClock
from bot.delivery.bell import Bell
from bot.delivery.nursery import Nursery
from bot.delivery.ticker import Ticker
from bot.domain.messages import Lane
from bot.domain.schedules import EVERY_DAY, WallTime
from bot.errors import StorageUnavailable
from bot.services import build
from bot.services.checkins import Opened
from bot.storage import people, schedules
from bot.storage.tables import inbox, schedule
from bot.storage.tables import outbox as table
from tests.delivery.conftest import NOON, Stage, until

MINUTE = timedelta(minutes=1)


async def joins(stage: Stage, chat_id: int, *dues: datetime, kind: str = "daily") -> None:
    """A person with one schedule for each of these moments, as if it had been set before."""
    async with stage.ground.database.begin() as run:
        person = await people.add(run, chat_id, "en", 1, NOON)
        await people.set_joined(run, person.id, NOON)
        for due in dues:
            await run(
                schedule.insert().values(
                    id=uuid7(),
                    person_id=person.id,
                    kind=kind,
                    wall_minutes=WallTime(due.hour, due.minute).minutes,
                    weekdays=EVERY_DAY,
                    zone="UTC",
                    next_due_at=due,
                )
            )


def ticker_by(stage: Stage, clock: Clock, system: Clock | None = None) -> Ticker:
    """A ticker over the stage's database that goes by another clock."""
    services = build(stage.ground.database, clock, stage.ground.library)
    return Ticker(services, clock, system or SystemClock(), Bell(), stage.ground.pulse)


async def queued(stage: Stage) -> list[Lane]:
    return [Lane(row.lane) for row in await stage.rows(table)]


async def test_what_is_due_is_put_into_the_outbox_once(stage: Stage) -> None:
    await joins(stage, 1, NOON + MINUTE)
    await stage.engine.ticker.due()
    assert await queued(stage) == []
    stage.clock.move(MINUTE)
    await stage.engine.ticker.due()
    await stage.engine.ticker.due()
    assert await queued(stage) == [Lane.CHECKIN]


async def test_nothing_is_missed_while_the_loop_was_blocked(stage: Stage) -> None:
    clock = SystemClock()
    start = clock.now()
    for number in range(100):
        await joins(stage, number + 1, start + timedelta(milliseconds=800 + 25 * number))
    loops = Nursery()
    ticker = ticker_by(stage, clock)
    loops.start(ticker.run(), "ticker")
    await until(lambda: bool(stage.logged("catch_up")))
    asyncio.get_running_loop().call_soon(time.sleep, 3.5)

    async def all_are_there() -> bool:
        return len(await queued(stage)) >= 100

    await until(all_are_there)
    await loops.close(0)
    per_person = Counter(row.person_id for row in await stage.rows(table))
    assert (len(per_person), set(per_person.values())) == (100, {1})


@pytest.mark.parametrize("by", [2 * MINUTE, 30 * MINUTE, timedelta(hours=5)])
async def test_ten_jumps_of_the_clock_around_the_due_minute_give_one_message(
    stage: Stage, by: timedelta
) -> None:
    await joins(stage, 1, NOON + MINUTE)
    for number in range(10):
        stage.clock.move(by if number % 2 == 0 else -by)
        await stage.engine.ticker.due()
    assert await queued(stage) == [Lane.CHECKIN]


async def test_a_clock_set_back_does_not_leave_the_ticks_asleep(stage: Stage) -> None:
    # Started an hour ahead, the scheduler would first tick in an hour of real time.
    await joins(stage, 1, NOON)
    system = MovableClock()
    system.move(timedelta(hours=1))
    loops = Nursery()
    loops.start(ticker_by(stage, FrozenClock(NOON), system).run(), "ticker")
    await asyncio.sleep(0)
    system.move(-timedelta(hours=1))
    await until(lambda: bool(stage.logged("catch_up")))
    await loops.close(0)
    assert await queued(stage) == [Lane.CHECKIN]


async def test_after_time_away_there_is_one_check_in_a_person_and_no_nudge(stage: Stage) -> None:
    away = timedelta(hours=9)
    await joins(stage, 1, NOON, NOON + MINUTE, NOON + 2 * MINUTE)
    await joins(stage, 2, NOON, kind="nudge")
    await joins(stage, 3, NOON + away - MINUTE)
    await joins(stage, 4, NOON + away - MINUTE, kind="nudge")
    stage.clock.move(away)
    await stage.engine.ticker.due()
    assert Counter(await queued(stage)) == {Lane.CHECKIN: 2, Lane.NUDGE: 1}


async def test_the_start_reports_what_was_late_sent_and_skipped_and_reports_it_once(
    stage: Stage,
) -> None:
    await joins(stage, 1, NOON, NOON + MINUTE)
    await joins(stage, 2, NOON, kind="nudge")
    await joins(stage, 3, NOON + timedelta(hours=9))
    stage.clock.move(timedelta(hours=9))
    await stage.engine.ticker.due()
    await stage.engine.ticker.due()
    (report,) = stage.logged("catch_up")
    counted = {name: report[name] for name in ("count", "late", "sent", "skipped")}
    assert counted == {"count": 4, "late": 3, "sent": 2, "skipped": 2}


async def test_a_report_over_many_batches_adds_up(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.ticker.BATCH", 3)
    for number in range(10):
        await joins(stage, number + 1, NOON)
    await stage.engine.ticker.due()
    (report,) = stage.logged("catch_up")
    assert (report["count"], report["sent"]) == (10, 10)


async def test_a_tick_put_off_by_an_outage_is_made_up_for(stage: Stage) -> None:
    await joins(stage, 1, NOON)
    aside = stage.file.rename(stage.file.with_name("away.db"))
    with pytest.raises(StorageUnavailable):
        await stage.engine.ticker.due()
    async with stage.running("ticker"):
        await until(lambda: bool(stage.logged("tick_put_off")))
        aside.rename(stage.file)
        await until(lambda: bool(stage.logged("catch_up")))
    assert await queued(stage) == [Lane.CHECKIN]


async def test_whoever_sleeps_is_not_written_to(stage: Stage) -> None:
    await joins(stage, 1, NOON)
    async with stage.ground.database.begin() as run:
        person = await people.find(run, 1)
        assert person is not None
        await schedules.sleep(run, person.id)
    await stage.engine.ticker.due()
    assert await queued(stage) == []


async def test_bodies_are_cleared_after_seven_days_and_not_before(stage: Stage) -> None:
    person = await stage.person()
    async with stage.running("intake", "lanes", "sender"):
        await stage.sim("say", person=person, text="/help")
        await stage.hears(person)
        await until(lambda: sent(stage))
    stage.clock.move(timedelta(days=7))
    await stage.engine.ticker.sweep()
    assert await kept_bodies(stage) == 2
    stage.clock.move(timedelta(seconds=1))
    await stage.engine.ticker.sweep()
    assert await kept_bodies(stage) == 0


async def sent(stage: Stage) -> bool:
    return await stage.outbox() == ["sent"]


async def kept_bodies(stage: Stage) -> int:
    rows = [*await stage.rows(inbox), *await stage.rows(table)]
    return sum(row.body_sealed is not None for row in rows)


async def test_the_heartbeat_is_a_file_that_grows_no_older_than_the_loops(stage: Stage) -> None:
    await stage.engine.ticker.beat()
    file = stage.ground.settings.data_dir / "heartbeat"
    written = datetime.fromisoformat(file.read_text("ascii"))
    assert abs(SystemClock().now() - written) < MINUTE


def test_counts_of_sweeps_add_up() -> None:
    assert Opened(1, 2, 3, 4) + Opened(10, 20, 30, 40) == Opened(11, 22, 33, 44)

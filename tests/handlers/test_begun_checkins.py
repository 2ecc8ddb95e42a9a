"""A check-in that somebody is just filling in: what may end it, and what may not."""

from datetime import timedelta

import pytest

from bot.domain.schedules import EVERY_DAY, WallTime
from bot.storage import schedules, tables
from tests.chat import Person
from tests.conftest import ON_BOTH
from tests.handlers.steps import Step, at_the_note, at_the_place, at_the_time
from tests.house import House


@ON_BOTH
async def test_a_scheduled_check_in_leaves_the_one_just_begun_alone(
    house: House, joined: Person
) -> None:
    await house.tomorrow_at("07:59")
    await joined.checks_in("note")
    await house.today_at("08:00")
    await joined.sees_only("checkin-offer")
    await joined.says("these words took me a while")
    await joined.sees_only("checkin-done", "Note: these words took me a while")
    assert await house.answers("note") == ["these words took me a while"]
    await joined.taps("label-begin")
    await joined.sees("ask-headache")


async def test_the_next_scheduled_check_in_ends_the_one_that_was_spared(
    house: House, joined: Person
) -> None:
    await house.tomorrow_at("07:59")
    card = await joined.checks_in("note")
    await house.today_at("08:00")
    await joined.sees_only("checkin-offer")
    await house.tomorrow_at("08:00")
    await joined.sees_only("checkin-offer")
    await joined.taps("label-skip", on=card)
    await joined.sees_only("checkin-expired")


async def test_a_check_in_asked_for_takes_the_place_of_one_just_begun(
    house: House, joined: Person
) -> None:
    old = await joined.checks_in("sleep")
    await joined.says("/checkin")
    await joined.sees("ask-headache")
    await joined.taps("6", on=old)
    await joined.sees_only("checkin-expired")
    assert await house.answers("sleep") == []


@pytest.mark.parametrize("step", [at_the_place, at_the_time, at_the_note])
async def test_words_after_a_stop_change_nothing(house: House, sam: Person, step: Step) -> None:
    await step(sam)
    card = await sam.last()
    await sam.says("/stop")
    await sam.sees_only("stopped" if step is at_the_note else "stopped-joining")
    before = await everything(house)
    for words in ("Berlin", "19:30", "some words"):
        await sam.says(words)
        await sam.sees_only("unknown-text")
    for data in filter(None, card.buttons.values()):
        if data.startswith("d:"):
            await sam.presses(data, on=card)
    await house.quiet()
    assert await everything(house) == before


async def everything(house: House) -> list[list[object]]:
    kept = (tables.person, tables.schedule, tables.dialog, tables.answer)
    rows = [await house.rows(table) for table in kept]
    # A press notes the message that it was on; nothing else of a dialog may change.
    rows[2] = [(row.id, row.status, row.step) for row in rows[2]]
    return rows


async def test_joining_that_was_stopped_begins_anew_with_a_start(house: House, sam: Person) -> None:
    await at_the_time(sam)
    await sam.says("/stop")
    await sam.sees("stopped-joining")
    await sam.says("/start")
    await sam.sees("join-place")
    await sam.says("Berlin")
    await sam.sees("join-zone-right")
    await sam.taps("label-yes")
    await sam.sees("join-time")
    await sam.taps("08:00")
    await sam.sees("join-done")
    await house.tomorrow_at("08:00")
    await sam.sees_only("checkin-offer")


async def test_a_nudge_that_comes_late_has_less_time_left(house: House, joined: Person) -> None:
    assert house.database is not None
    [person] = await house.rows(tables.person)
    async with house.database.begin() as run:
        nudge = ("nudge", WallTime(10), EVERY_DAY, "Europe/Berlin", house.now())
        await schedules.set_daily(run, person.id, *nudge)
    [due_at] = [row.next_due_at for row in await house.rows(tables.schedule) if row.kind == "nudge"]
    await house.close()
    await house.tomorrow_at("10:40")
    await house.open()
    await joined.sees("nudge-pause")
    [row] = [row for row in await house.rows(tables.outbox) if row.dedupe.startswith("nudge:")]
    assert row.expires_at - due_at == timedelta(minutes=60)

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.domain.conversations import Dialog, Status
from bot.domain.people import Person
from bot.errors import Stale, Undecipherable
from bot.storage import dialogs
from bot.storage.database import Database
from bot.storage.dialogs import Conversation
from bot.storage.tables import answer
from bot.storage.tables import dialog as table
from tests.storage.conftest import MINUTE, NOW, joined
from tests.storage.talking import DONE, OPEN, conversation

OFFERED = Dialog(Status.OFFERED, None, 1)

HOUR = timedelta(hours=1)


async def add(database: Database, *conversations: Conversation) -> None:
    async with database.begin() as run:
        await dialogs.add(run, conversations)


async def test_a_dialog_is_found_as_it_was_kept(database: Database, person: Person) -> None:
    kept = conversation(person, message_id=7, occurrence="checkin:1")
    await add(database, kept)
    async with database.begin() as run:
        assert await dialogs.find(run, kept.id, person.id) == kept


async def test_a_dialog_is_found_by_its_owner_only(database: Database, person: Person) -> None:
    other = await joined(database, 1002)
    kept = conversation(person)
    await add(database, kept)
    async with database.begin() as run:
        assert await dialogs.find(run, kept.id, other.id) is None


async def test_one_occurrence_has_one_dialog(database: Database, person: Person) -> None:
    first = conversation(person, occurrence="checkin:1")
    await add(database, first)
    await add(database, conversation(person, occurrence="checkin:1"))
    async with database.begin() as run:
        assert (await run(select(table.c.id))).scalars().all() == [first.id]


async def test_dialogs_without_an_occurrence_may_be_many(
    database: Database, person: Person
) -> None:
    await add(database, conversation(person), conversation(person))
    async with database.begin() as run:
        assert len((await run(select(table.c.id))).all()) == 2


async def test_a_dialog_that_moved_meanwhile_is_stale(database: Database, person: Person) -> None:
    seen = conversation(person)
    await add(database, seen)

    async def move(to: Dialog) -> None:
        async with database.begin() as run:
            await dialogs.save(run, seen, to, 7)

    await move(replace(OPEN, step="craving"))
    with pytest.raises(Stale):
        await move(DONE)
    async with database.begin() as run:
        found = await dialogs.find(run, seen.id, person.id)
    assert found is not None
    assert (found.dialog.step, found.version, found.message_id) == ("craving", 2, 7)


async def test_an_open_dialog_is_current_before_a_newer_one_that_is_only_offered(
    database: Database, person: Person
) -> None:
    being_filled_in = conversation(person, opened_at=NOW - MINUTE)
    await add(database, being_filled_in, conversation(person, OFFERED))
    async with database.begin() as run:
        assert await dialogs.current(run, person.id) == being_filled_in


async def test_what_is_only_offered_is_not_current(database: Database, person: Person) -> None:
    await add(database, conversation(person, OFFERED))
    async with database.begin() as run:
        assert await dialogs.current(run, person.id) is None


async def test_the_newest_open_dialog_is_the_current_one(
    database: Database, person: Person
) -> None:
    old = conversation(person, opened_at=NOW - HOUR)
    new = conversation(person)
    done = conversation(person, DONE, opened_at=NOW + HOUR)
    join = conversation(person, flow="join", opened_at=NOW - 2 * HOUR)
    await add(database, old, new, done, join)
    async with database.begin() as run:
        assert await dialogs.current(run, person.id) == new
        assert await dialogs.current(run, person.id, "join") == join
        assert await dialogs.current(run, person.id, "other") is None


async def test_a_new_dialog_closes_what_its_person_left_unfinished_of_its_flow(
    database: Database, person: Person
) -> None:
    other = await joined(database, 1002)
    old, done, join = (
        conversation(person),
        conversation(person, DONE),
        conversation(person, flow="join"),
    )
    foreign, new = conversation(other), conversation(person)
    await add(database, old, done, join, foreign, new)
    async with database.begin() as run:
        await dialogs.close_older(run, [new.id], "daily")
        rows = (await run(select(table))).all()
    states = {row.id: row.status for row in rows}
    assert states == {
        old.id: "expired",
        done.id: "done",
        join.id: "open",
        foreign.id: "open",
        new.id: "open",
    }


async def test_a_new_dialog_spares_an_open_one_that_was_opened_just_before(
    database: Database, person: Person
) -> None:
    fresh = conversation(person, opened_at=NOW - 29 * MINUTE)
    unopened = conversation(person, OFFERED, opened_at=NOW - 29 * MINUTE)
    old = conversation(person, opened_at=NOW - 30 * MINUTE)
    new = conversation(person, OFFERED)
    await add(database, fresh, unopened, old, new)
    async with database.begin() as run:
        await dialogs.close_older(run, [new.id], "daily", spared_since=NOW - 30 * MINUTE)
        rows = (await run(select(table))).all()
    states = {row.id: row.status for row in rows}
    assert states == {
        fresh.id: "open",
        unopened.id: "expired",
        old.id: "expired",
        new.id: "offered",
    }


async def test_stopping_ends_every_unfinished_dialog_of_that_person(
    database: Database, person: Person
) -> None:
    other = await joined(database, 1002)
    daily, join = conversation(person), conversation(person, flow="join")
    offered, done = conversation(person, OFFERED), conversation(person, DONE)
    foreign = conversation(other)
    await add(database, daily, join, offered, done, foreign)
    async with database.begin() as run:
        await dialogs.stop_all(run, person.id)
        states = {row.id: row.status for row in (await run(select(table))).all()}
        with pytest.raises(Stale):
            await dialogs.save(run, daily, DONE, None)
    ended = dict.fromkeys((daily.id, join.id, offered.id), "stopped")
    assert states == {**ended, done.id: "done", foreign.id: "open"}


async def test_a_dialog_whose_time_is_over_is_closed_once(
    database: Database, person: Person
) -> None:
    seen = conversation(person, expires_at=NOW + MINUTE)
    await add(database, seen, conversation(person, DONE, expires_at=NOW))
    async with database.begin() as run:
        assert await dialogs.expire(run, NOW) == 0
        assert await dialogs.expire(run, NOW + MINUTE) == 1
        assert await dialogs.expire(run, NOW + MINUTE) == 0
        found = await dialogs.find(run, seen.id, person.id)
        assert found is not None
        assert found.dialog.status is Status.EXPIRED
        with pytest.raises(Stale):
            await dialogs.save(run, seen, DONE, None)


async def test_an_answer_is_counted_once_and_the_last_one_holds(
    database: Database, person: Person
) -> None:
    kept = conversation(person)
    await add(database, kept)
    async with database.begin() as run:
        for value in ("3", "3", "5"):
            await dialogs.save_answer(run, kept, "craving", value, NOW)
        await dialogs.save_answer(run, kept, "mood", "good", NOW)
        assert await dialogs.answers_of(run, kept.id) == {"craving": "5", "mood": "good"}
        await dialogs.drop_answer(run, kept, "mood")
        assert await dialogs.answers_of(run, kept.id) == {"craving": "5"}


async def test_answers_of_a_day_are_those_of_that_person_and_day(
    database: Database, person: Person
) -> None:
    other = await joined(database, 1002)
    early = conversation(person, opened_at=NOW - HOUR)
    late = conversation(person)
    yesterday = conversation(person, day=date(2026, 11, 24))
    foreign = conversation(other)
    await add(database, early, late, yesterday, foreign)
    async with database.begin() as run:
        for number, each in enumerate((late, early, yesterday, foreign)):
            await dialogs.save_answer(run, each, "craving", str(number), NOW)
        found = await dialogs.answers_of_day(run, person.id, NOW.date())
    assert [(each.dialog_id, each.value) for each in found] == [(early.id, "1"), (late.id, "0")]


async def test_the_message_of_an_answer_leads_back_to_it_for_its_writer_only(
    database: Database, person: Person
) -> None:
    other = await joined(database, 1002)
    kept = conversation(person)
    await add(database, kept)
    async with database.begin() as run:
        await dialogs.save_answer(run, kept, "note", "a secret", NOW, source_message_id=9)
        assert await dialogs.answer_of_message(run, person.id, 9) == (kept.id, "note")
        assert await dialogs.answer_of_message(run, person.id, 8) is None
        assert await dialogs.answer_of_message(run, other.id, 9) is None
        sealed = (await run(select(answer.c.value_sealed))).scalar_one()
    assert b"secret" not in sealed


async def test_an_answer_moved_to_another_question_does_not_open(
    database: Database, person: Person
) -> None:
    kept = conversation(person)
    await add(database, kept)
    async with database.begin() as run:
        await dialogs.save_answer(run, kept, "note", "a secret", NOW)
        await run(answer.update().values(question="mood"))
        with pytest.raises(Undecipherable):
            await dialogs.answers_of(run, kept.id)

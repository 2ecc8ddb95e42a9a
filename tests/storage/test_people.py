import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from bot.domain.people import Person
from bot.domain.schedules import EVERY_DAY, WallTime
from bot.storage import dialogs, outbox, people, schedules
from bot.storage.database import Database
from bot.storage.tables import answer, dialog, metadata, schedule
from bot.storage.tables import outbox as outbox_table
from bot.storage.tables import person as person_table
from tests.storage.conftest import NOW, joined
from tests.storage.posting import entry
from tests.storage.talking import conversation


async def found(database: Database, chat_id: int = 1001) -> Person:
    async with database.begin() as run:
        person = await people.find(run, chat_id)
    assert person is not None
    return person


async def test_a_person_is_found_by_their_chat_only(database: Database, person: Person) -> None:
    assert await found(database) == person
    async with database.begin() as run:
        assert await people.find(run, 1002) is None


async def test_one_chat_is_one_person(database: Database, person: Person) -> None:
    with pytest.raises(IntegrityError):
        await joined(database)


async def test_what_changes_about_a_person_is_kept(database: Database, person: Person) -> None:
    async with database.begin() as run:
        await people.set_place(run, person.id, "MY", "Asia/Kuala_Lumpur")
        await people.set_stopped(run, person.id, NOW)
        await people.set_unreachable(run, person.id, NOW)
        await people.set_minor(run, person.id, NOW)
        await people.set_consent(run, person.id, 2, NOW)
    now = await found(database)
    assert (now.country, now.zone) == ("MY", "Asia/Kuala_Lumpur")
    assert (now.joined, now.stopped, now.unreachable) == (False, True, True)
    assert (now.minor, now.consent_version) == (True, 2)
    async with database.begin() as run:
        await people.set_joined(run, person.id, NOW)
        await people.set_unreachable(run, person.id, None)
        await people.set_minor(run, person.id, None)
    now = await found(database)
    assert (now.joined, now.stopped, now.unreachable) == (True, False, False)
    assert not now.minor


async def test_the_chat_id_cannot_be_read(database: Database) -> None:
    await joined(database, 77001122)
    async with database.begin() as run:
        row = (await run(select(person_table))).one()
    assert b"77001122" not in row.chat_sealed + row.chat_hash


async def test_with_a_person_goes_every_row_of_theirs_and_of_nobody_else(
    database: Database,
) -> None:
    gone, stays = await joined(database, 1001), await joined(database, 1002)
    async with database.begin() as run:
        for each in (gone, stays):
            kept = conversation(each)
            await dialogs.add(run, [kept])
            await dialogs.save_answer(run, kept, "note", "words", NOW)
            await schedules.set_daily(run, each.id, "daily", WallTime(20), EVERY_DAY, "UTC", NOW)
            await outbox.put(run, [entry(f"reply:{each.id}", person_id=each.id)], NOW)
    async with database.begin() as run:
        await run(delete(person_table).where(person_table.c.id == gone.id))
        for table in (dialog, answer, schedule, outbox_table):
            owners = (await run(select(table.c.person_id))).scalars().all()
            assert owners == [stays.id], table.name


def test_every_table_that_names_a_person_goes_with_them() -> None:
    for table in metadata.tables.values():
        if "person_id" in table.c:
            (key,) = table.c.person_id.foreign_keys
            assert key.ondelete == "CASCADE", table.name


async def test_nothing_can_be_kept_for_a_person_who_is_not_there(
    database: Database, person: Person
) -> None:
    async with database.begin() as run:
        await run(delete(person_table))
    with pytest.raises(IntegrityError):
        await keep_a_dialog_for(database, person)
    async with database.begin() as run:
        assert (await run(select(func.count()).select_from(dialog))).scalar_one() == 0


async def keep_a_dialog_for(database: Database, person: Person) -> None:
    async with database.begin() as run:
        await dialogs.add(run, [conversation(person)])

from uuid import UUID

import pytest

from bot.domain.people import Person
from bot.storage import dialogs, outbox
from bot.storage.database import Database
from tests.storage.conftest import MINUTE, NOW
from tests.storage.posting import claim, entry, finish, keys, put, states
from tests.storage.talking import conversation


@pytest.fixture
async def dialog_id(database: Database, person: Person) -> UUID:
    made = conversation(person)
    async with database.begin() as run:
        await dialogs.add(run, [made])
    return made.id


async def message_of(database: Database, dialog_id: UUID, person: Person) -> int | None:
    async with database.begin() as run:
        found = await dialogs.find(run, dialog_id, person.id)
    assert found is not None
    return found.message_id


async def test_a_newer_edit_takes_the_place_of_older_ones_that_wait(
    database: Database, dialog_id: UUID
) -> None:
    await put(database, entry("new text", dialog_id=dialog_id))
    await put(database, entry("edit 1", edits=5, dialog_id=dialog_id))
    async with database.begin() as run:
        await outbox.supersede(run, dialog_id, NOW)
        await outbox.put(run, [entry("edit 2", edits=5, dialog_id=dialog_id)], NOW)
    assert await states(database) == {
        "new text": "queued",
        "edit 1": "superseded",
        "edit 2": "queued",
    }


async def test_an_edit_on_its_way_is_not_superseded(database: Database, dialog_id: UUID) -> None:
    await put(database, entry("edit", edits=5, dialog_id=dialog_id))
    await claim(database)
    async with database.begin() as run:
        await outbox.supersede(run, dialog_id, NOW)
    assert await states(database) == {"edit": "sending"}


async def test_a_retry_that_a_newer_edit_has_overtaken_is_not_tried_again(
    database: Database, dialog_id: UUID
) -> None:
    await put(database, entry("old", edits=5, dialog_id=dialog_id))
    (old,) = await claim(database)
    await put(database, entry("new", edits=5, dialog_id=dialog_id))
    async with database.begin() as run:
        await outbox.put_back(run, old, "one", NOW + MINUTE, "flood")
    assert await states(database) == {"old": "superseded", "new": "queued"}
    assert keys(await claim(database, NOW + MINUTE)) == ["new"]


async def test_a_retry_that_nothing_has_overtaken_is_tried_again(
    database: Database, dialog_id: UUID
) -> None:
    await put(database, entry("edit", edits=5, dialog_id=dialog_id))
    (edit,) = await claim(database)
    async with database.begin() as run:
        await outbox.put_back(run, edit, "one", NOW + MINUTE, "flood")
    assert keys(await claim(database, NOW + MINUTE)) == ["edit"]


async def test_a_dialog_learns_in_which_message_it_lives(
    database: Database, person: Person, dialog_id: UUID
) -> None:
    await put(database, entry("question", dialog_id=dialog_id, person_id=person.id))
    (parcel,) = await claim(database)
    await finish(database, parcel, message_id=77)
    assert await message_of(database, dialog_id, person) == 77


async def test_a_dialog_follows_into_the_message_that_took_the_place_of_a_lost_one(
    database: Database, person: Person, dialog_id: UUID
) -> None:
    await put(database, entry("edit", edits=77, dialog_id=dialog_id, person_id=person.id))
    (parcel,) = await claim(database)
    await finish(database, parcel, message_id=78)
    assert await message_of(database, dialog_id, person) == 78


async def test_a_sender_that_lost_its_lease_does_not_move_the_dialog(
    database: Database, person: Person, dialog_id: UUID
) -> None:
    await put(database, entry("question", dialog_id=dialog_id, person_id=person.id))
    (parcel,) = await claim(database, worker="slow")
    async with database.begin() as run:
        await outbox.rescue(run, NOW, everything=True)
    (again,) = await claim(database, worker="quick")
    assert await finish(database, again, "quick", message_id=2)
    assert not await finish(database, parcel, "slow", message_id=1)
    assert await message_of(database, dialog_id, person) == 2

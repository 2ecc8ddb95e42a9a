from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from bot.domain.messages import Lane
from bot.domain.people import Person
from bot.storage import outbox, parcels
from bot.storage.database import Database
from bot.storage.outbox import LEASE
from bot.storage.tables import outbox as table
from tests.storage.conftest import MINUTE, NOW, SECOND
from tests.storage.posting import ANNA, BEN, claim, entry, finish, keys, put, rows, states


async def test_lanes_are_served_strictly_in_order_then_by_age(database: Database) -> None:
    lanes = [Lane.SUMMARY, Lane.NUDGE, Lane.CHECKIN, Lane.REPLY, Lane.SAFETY]
    entries = [
        entry(f"{lane.name} {place}", lane, 2000 + 10 * lane + place)
        for place in range(2)
        for lane in lanes
    ]
    await put(database, *entries)
    wanted = [f"{lane.name} {place}" for lane in Lane for place in range(2)]
    assert keys(await claim(database)) == wanted


async def test_a_late_urgent_message_overtakes_all_that_wait(database: Database) -> None:
    await put(database, *(entry(f"{n}", Lane.SUMMARY, 2000 + n) for n in range(5)))
    await put(database, entry("help", Lane.SAFETY), now=NOW + SECOND)
    assert keys(await claim(database, NOW + SECOND, limit=2)) == ["help", "0"]


async def test_one_message_a_chat_is_on_its_way_at_a_time(database: Database) -> None:
    await put(database, entry("first"), entry("second"), entry("other", chat_id=BEN))
    first, other = await claim(database)
    assert keys([first, other]) == ["first", "other"]
    assert await claim(database) == []
    assert await finish(database, first)
    assert keys(await claim(database)) == ["second"]


async def test_within_a_chat_the_urgent_lane_goes_first(database: Database) -> None:
    await put(database, entry("nudge", Lane.NUDGE), entry("reply", Lane.REPLY))
    assert keys(await claim(database)) == ["reply"]


async def test_safety_goes_while_another_message_of_its_chat_is_on_its_way(
    database: Database,
) -> None:
    await put(database, entry("reply"))
    await claim(database)
    await put(database, entry("help", Lane.SAFETY))
    assert keys(await claim(database)) == ["help"]


async def test_two_safety_messages_of_a_chat_go_one_after_the_other_in_order(
    database: Database,
) -> None:
    await put(database, entry("first", Lane.SAFETY), entry("second", Lane.SAFETY))
    assert keys(await claim(database)) == ["first"]
    assert keys(await claim(database)) == ["second"]


async def test_the_same_cause_never_says_the_same_thing_twice(database: Database) -> None:
    await put(database, entry("reply:1:0"), entry("reply:1:0"))
    await put(database, entry("reply:1:0"))
    (parcel,) = await claim(database)
    await finish(database, parcel)
    await put(database, entry("reply:1:0"))
    assert await states(database) == {"reply:1:0": "sent"}


async def test_what_waits_for_a_later_time_holds_up_nobody(database: Database) -> None:
    await put(database, entry("later", not_before=NOW + MINUTE), entry("now"))
    (parcel,) = await claim(database)
    assert parcel.dedupe == "now"
    await finish(database, parcel)
    assert await claim(database, NOW + 59 * SECOND) == []
    assert keys(await claim(database, NOW + MINUTE)) == ["later"]


async def test_what_came_too_late_is_dropped_and_never_claimed(database: Database) -> None:
    await put(database, entry("nudge", Lane.NUDGE, expires_after=MINUTE))
    assert await claim(database, NOW + MINUTE) == []
    async with database.begin() as run:
        assert await outbox.expire(run, NOW + 59 * SECOND) == 0
        assert await outbox.expire(run, NOW + MINUTE) == 1
        assert await outbox.expire(run, NOW + MINUTE) == 0
    assert await states(database) == {"nudge": "expired"}


async def test_what_is_on_its_way_does_not_expire(database: Database) -> None:
    await put(database, entry("nudge", Lane.NUDGE, expires_after=MINUTE))
    await claim(database)
    async with database.begin() as run:
        assert await outbox.expire(run, NOW + MINUTE) == 0


async def test_a_parcel_brings_everything_that_the_sender_needs(
    database: Database, person: Person
) -> None:
    dialog_id = uuid4()
    wanted = entry("one", Lane.CHECKIN, dialog_id=dialog_id, person_id=person.id)
    await put(database, wanted, entry("two", chat_id=BEN))
    two, one = await claim(database)
    assert (one.chat_id, two.chat_id) == (ANNA, BEN)
    assert one.message == wanted.message
    assert (one.person_id, one.dialog_id, one.language) == (person.id, dialog_id, "en")
    assert (one.attempts, one.queued_at) == (1, NOW)


async def test_neither_the_address_nor_the_words_can_be_read(database: Database) -> None:
    await put(database, entry("one", chat_id=77001122))
    row = (await rows(database))["one"]
    shown = b"".join(each for each in row if isinstance(each, bytes))
    assert b"secret" not in shown
    assert b"77001122" not in shown


@pytest.mark.parametrize(
    ("lane", "fate"),
    [
        (Lane.SAFETY, "queued"),
        (Lane.REPLY, "queued"),
        (Lane.CHECKIN, "queued"),
        (Lane.NUDGE, "unknown"),
        (Lane.SUMMARY, "unknown"),
    ],
)
async def test_what_a_dead_sender_had_is_said_again_or_not_by_its_lane(
    database: Database, lane: Lane, fate: str
) -> None:
    await put(database, entry("one", lane))
    await claim(database)
    async with database.begin() as run:
        assert await outbox.rescue(run, NOW + LEASE) == 0
        assert await outbox.rescue(run, NOW + LEASE + SECOND) == 1
    assert await states(database) == {"one": fate}


async def test_the_start_of_the_only_process_rescues_leases_that_still_run(
    database: Database,
) -> None:
    await put(database, entry("reply"), entry("nudge", Lane.NUDGE, BEN))
    await claim(database)
    async with database.begin() as run:
        assert await outbox.rescue(run, NOW, everything=True) == 2
    assert await states(database) == {"reply": "queued", "nudge": "unknown"}
    (again,) = await claim(database)
    assert again.attempts == 2


async def test_a_sender_that_lost_its_lease_cannot_write(database: Database) -> None:
    await put(database, entry("one"))
    (stale,) = await claim(database, worker="slow")
    async with database.begin() as run:
        await outbox.rescue(run, NOW + LEASE + SECOND)
    late = NOW + LEASE + SECOND
    (fresh,) = await claim(database, late, "quick")
    assert not await finish(database, stale, "slow")
    async with database.begin() as run:
        await outbox.put_back(run, stale, "slow", NOW, "flood")
    row = (await rows(database))["one"]
    assert (row.state, row.leased_by, row.attempts) == ("sending", "quick", 2)
    assert await finish(database, fresh, "quick")
    assert not await finish(database, fresh, "quick")


async def test_a_message_put_back_waits_and_keeps_its_count_only_where_it_counts(
    database: Database,
) -> None:
    await put(database, entry("one"), entry("two", chat_id=BEN))
    one, two = await claim(database)
    async with database.begin() as run:
        await outbox.put_back(run, one, "one", NOW + MINUTE, "connect_error")
        await outbox.put_back(run, two, "one", NOW + MINUTE, "flood", counted=False)
    assert await claim(database) == []
    again = await claim(database, NOW + MINUTE)
    assert [(each.dedupe, each.attempts) for each in again] == [("one", 2), ("two", 1)]


async def test_a_person_who_cannot_be_reached_keeps_help_and_replies_only(
    database: Database, person: Person
) -> None:
    mine = [entry(lane.name, lane, person_id=person.id) for lane in Lane]
    await put(database, *mine, entry("other", Lane.NUDGE, BEN))
    async with database.begin() as run:
        await outbox.refuse_all(run, person.id, NOW, "unreachable")
    assert await states(database) == {
        "SAFETY": "queued",
        "REPLY": "queued",
        "CHECKIN": "refused",
        "NUDGE": "refused",
        "SUMMARY": "refused",
        "other": "queued",
    }


async def test_bodies_and_addresses_of_what_is_over_are_cleared(database: Database) -> None:
    await put(database, entry("sent"), entry("waits", chat_id=BEN))
    sent, _ = await claim(database)
    await finish(database, sent)
    async with database.begin() as run:
        assert await outbox.clear_bodies(run, NOW) == 0
        assert await outbox.clear_bodies(run, NOW + timedelta(days=7)) == 1
        assert await outbox.clear_bodies(run, NOW + timedelta(days=7)) == 0
    found = await rows(database)
    cleared = {
        dedupe: (row.body_sealed is None, row.chat_sealed is None) for dedupe, row in found.items()
    }
    assert cleared == {"sent": (True, True), "waits": (False, False)}
    await put(database, entry("sent"))
    assert len(await rows(database)) == 2


async def test_no_more_are_claimed_than_there_is_room_for(database: Database) -> None:
    await put(database, *(entry(f"{n}", chat_id=2000 + n) for n in range(5)))
    assert keys(await claim(database, limit=2)) == ["0", "1"]
    assert keys(await claim(database, limit=2)) == ["2", "3"]


@given(st.text(max_size=40))  # lone surrogates end in bot.domain.typed
def test_any_words_pass_through_the_stored_form(words: str) -> None:
    message = replace(entry("one").message, edits=3)
    message = replace(message, lines=(replace(message.lines[0], values={"name": words}),))
    stored = parcels._CODEC.dump_json(message).decode()
    assert parcels._CODEC.validate_json(stored) == message


async def test_a_row_that_does_not_open_costs_itself_alone(database: Database) -> None:
    await put(database, entry("1", chat_id=ANNA), entry("2", chat_id=BEN))
    async with database.begin() as run:
        await run(update(table).where(table.c.dedupe == "1").values(body_sealed=b"flipped bits"))
    assert keys(await claim(database)) == ["2"]
    async with database.begin() as run:
        states = (await run(select(table.c.state, table.c.reason).order_by(table.c.seq))).all()
    assert [tuple(each) for each in states] == [("refused", "unreadable"), ("sending", None)]

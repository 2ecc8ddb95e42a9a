from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.errors import Stale
from bot.storage import inbox
from bot.storage.database import Database
from bot.storage.inbox import AID_WAIT, LEASE, Arrival, Letter
from bot.storage.tables import inbox as table
from tests.storage.conftest import MINUTE, NOW, SECOND

ANNA, BEN = 1001, 1002


def arrival(number: int, chat_id: int | None = ANNA, **more: Any) -> Arrival:
    return Arrival(raw=f'{{"update_id":{number}}}', chat_id=chat_id, update_id=number, **more)


async def take(database: Database, *arrivals: Arrival) -> None:
    async with database.begin() as run:
        await inbox.store(run, arrivals, NOW)


async def claim(
    database: Database, now: Any = NOW, worker: str = "one", limit: int = 10
) -> list[Letter]:
    async with database.begin() as run:
        return await inbox.claim(run, now, worker, limit)


async def rows(database: Database) -> list[Any]:
    async with database.begin() as run:
        return list((await run(select(table).order_by(table.c.seq))).all())


def numbers(letters: list[Letter]) -> list[int]:
    return [letter.update["update_id"] for letter in letters]


async def test_the_same_update_is_kept_once(database: Database) -> None:
    await take(database, arrival(1), arrival(1))
    await take(database, arrival(1))
    assert len(await rows(database)) == 1


async def test_the_same_number_with_another_body_is_another_update(database: Database) -> None:
    # After a quiet week Telegram may start its numbers anywhere.
    await take(database, arrival(1))
    await take(database, Arrival(raw='{"update_id":1,"message":{}}', chat_id=ANNA, update_id=1))
    assert len(await rows(database)) == 2


async def test_an_update_that_is_done_stays_known(database: Database) -> None:
    await take(database, arrival(1))
    (letter,) = await claim(database)
    async with database.begin() as run:
        await inbox.settle(run, letter.seq, NOW)
    await take(database, arrival(1))
    assert await claim(database) == []


async def test_nothing_to_keep_is_no_mistake(database: Database) -> None:
    await take(database)
    assert await rows(database) == []


async def test_updates_of_one_chat_come_one_by_one_and_in_order(database: Database) -> None:
    await take(database, arrival(7), arrival(5), arrival(6))
    seen = []
    for _ in range(3):
        (letter,) = await claim(database)
        assert await claim(database) == []
        seen += numbers([letter])
        async with database.begin() as run:
            await inbox.settle(run, letter.seq, NOW)
    assert seen == [7, 5, 6]


async def test_different_chats_come_at_the_same_time(database: Database) -> None:
    await take(database, arrival(1), arrival(2), arrival(3, BEN), arrival(4, None))
    assert numbers(await claim(database)) == [1, 3, 4]


async def test_no_more_are_claimed_than_there_is_room_for(database: Database) -> None:
    await take(database, *(arrival(number, 2000 + number) for number in range(5)))
    assert numbers(await claim(database, limit=2)) == [0, 1]
    assert numbers(await claim(database, limit=2)) == [2, 3]


async def test_a_lease_that_ran_out_is_claimed_again_and_counted(database: Database) -> None:
    await take(database, arrival(1), arrival(2))
    await claim(database)
    assert await claim(database, NOW + LEASE) == []
    (again,) = await claim(database, NOW + LEASE + SECOND, "two")
    assert (again.attempts, again.update) == (2, {"update_id": 1})


async def test_an_attempt_is_counted_before_it_is_made(database: Database) -> None:
    await take(database, arrival(1))
    await claim(database)
    (row,) = await rows(database)
    assert (row.attempts, row.state) == (1, "leased")


async def test_what_is_put_back_waits_and_holds_up_its_chat(database: Database) -> None:
    await take(database, arrival(1), arrival(2))
    (letter,) = await claim(database)
    async with database.begin() as run:
        await inbox.put_back(run, letter.seq, "one", NOW + MINUTE, "ValueError")
    assert await claim(database, NOW + 59 * SECOND) == []
    (again,) = await claim(database, NOW + MINUTE)
    assert (again.seq, again.attempts) == (letter.seq, 2)


async def test_what_is_put_back_without_blame_is_not_counted(database: Database) -> None:
    await take(database, arrival(1))
    (letter,) = await claim(database)
    async with database.begin() as run:
        await inbox.put_back(run, letter.seq, "one", NOW, "storage", counted=False)
    (again,) = await claim(database)
    assert again.attempts == 1


async def test_a_worker_that_lost_its_lease_cannot_put_back(database: Database) -> None:
    await take(database, arrival(1))
    (letter,) = await claim(database, worker="slow")
    await claim(database, NOW + LEASE + SECOND, "quick")
    async with database.begin() as run:
        await inbox.put_back(run, letter.seq, "slow", NOW, "ValueError")
    (row,) = await rows(database)
    assert (row.state, row.leased_by, row.attempts) == ("leased", "quick", 2)


async def test_a_dead_letter_lets_the_next_one_pass(database: Database) -> None:
    await take(database, arrival(1), arrival(2))
    (letter,) = await claim(database)
    async with database.begin() as run:
        assert await inbox.bury(run, letter.seq, NOW, "ValueError")
        assert not await inbox.bury(run, letter.seq, NOW, "ValueError")
    assert numbers(await claim(database)) == [2]
    dead, _ = await rows(database)
    assert (dead.state, dead.reason) == ("dead", "ValueError")


async def test_what_is_done_cannot_die(database: Database) -> None:
    await take(database, arrival(1))
    (letter,) = await claim(database)
    async with database.begin() as run:
        await inbox.settle(run, letter.seq, NOW)
        assert not await inbox.bury(run, letter.seq, NOW, "ValueError")


async def test_a_reason_is_cut_to_what_the_column_holds(database: Database) -> None:
    await take(database, arrival(1))
    (letter,) = await claim(database)
    async with database.begin() as run:
        await inbox.bury(run, letter.seq, NOW, "x" * 500)
    assert len((await rows(database))[0].reason) == 64


async def test_the_start_of_the_only_process_gives_back_every_lease(database: Database) -> None:
    await take(database, arrival(1))
    await claim(database, worker="died")
    async with database.begin() as run:
        await inbox.release_all(run, NOW)
    (letter,) = await claim(database, worker="next")
    assert letter.attempts == 2


async def test_a_stop_gives_back_its_own_leases_uncounted(database: Database) -> None:
    await take(database, arrival(1), arrival(2, BEN))
    await claim(database, worker="one", limit=1)
    await claim(database, worker="two", limit=1)
    async with database.begin() as run:
        await inbox.release_mine(run, "one", NOW)
    first, second = await rows(database)
    assert (first.state, first.attempts) == ("new", 0)
    assert (second.state, second.attempts) == ("leased", 1)


async def test_a_lane_waits_a_moment_for_first_aid(database: Database) -> None:
    await take(database, arrival(1, aid=True))
    assert await claim(database) == []
    (letter,) = await claim(database, NOW + AID_WAIT)
    assert not letter.aided


async def test_once_first_aid_is_given_the_lane_knows_and_waits_no_longer(
    database: Database,
) -> None:
    await take(database, arrival(1, aid=True))
    async with database.begin() as run:
        await inbox.mark_aided(run, arrival(1, aid=True), NOW)
    (letter,) = await claim(database)
    assert letter.aided


async def test_an_update_that_was_aided_before_it_was_kept_does_not_wait(
    database: Database,
) -> None:
    await take(database, arrival(1, aid=True, aided=True))
    (letter,) = await claim(database)
    assert letter.aided


async def test_bodies_of_what_is_done_are_cleared_and_others_kept(database: Database) -> None:
    await take(database, arrival(1), arrival(2, BEN), arrival(3, 1003))
    first, second, _ = await claim(database)
    async with database.begin() as run:
        await inbox.settle(run, first.seq, NOW)
        await inbox.bury(run, second.seq, NOW + 2 * SECOND, "ValueError")
        assert await inbox.clear_bodies(run, NOW + SECOND) == 1
        assert await inbox.clear_bodies(run, NOW + SECOND) == 0
    bodies = [row.body_sealed is not None for row in await rows(database)]
    assert bodies == [False, True, True]
    await take(database, arrival(1))
    assert len(await rows(database)) == 3


async def test_neither_the_chat_nor_the_words_can_be_read(database: Database) -> None:
    await take(database, Arrival(raw='{"text":"a secret"}', chat_id=77001122, update_id=1))
    (row,) = await rows(database)
    shown = b"".join(each for each in row if isinstance(each, bytes))
    assert b"secret" not in shown
    assert b"77001122" not in shown


@pytest.mark.parametrize("span", [timedelta(0), timedelta(days=400)])
async def test_a_lease_never_ends_early(database: Database, span: timedelta) -> None:
    await take(database, arrival(1))
    await claim(database, NOW + span)
    (row,) = await rows(database)
    assert row.lease_until == NOW + span + LEASE


async def test_a_row_that_does_not_open_costs_itself_alone(database: Database) -> None:
    await take(database, arrival(1, ANNA), arrival(2, BEN))
    async with database.begin() as run:
        await run(update(table).where(table.c.seq == 1).values(body_sealed=b"flipped bits"))
    assert numbers(await claim(database)) == [2]
    assert [(row.state, row.reason) for row in await rows(database)] == [
        ("dead", "unreadable"),
        ("leased", None),
    ]


async def test_an_update_that_was_done_by_another_worker_cannot_be_done_again(
    database: Database,
) -> None:
    await take(database, arrival(1))
    (slow,) = await claim(database, worker="slow")
    (quick,) = await claim(database, NOW + 2 * LEASE, worker="quick")
    async with database.begin() as run:
        await inbox.settle(run, quick.seq, NOW)
    with pytest.raises(Stale):
        async with database.begin() as run:
            await inbox.settle(run, slow.seq, NOW)

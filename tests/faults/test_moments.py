"""F2, F3, F4, F5, F6, F29: the process dies at one chosen moment, or is told to go."""

import asyncio
import signal
from datetime import timedelta

import pytest

from bot.domain.messages import Lane
from tests.faults.books import Books, read_books
from tests.faults.checks import Crashes, examine
from tests.faults.conftest import IS_LONG, next_minute, planned
from tests.faults.crowd import Crowd
from tests.faults.stage import Stage
from tests.faults.wrapped import POISON

pytestmark = pytest.mark.faults

ANNA = 5001


async def settled(place: Stage) -> Books:
    """A last life until nothing waits, ended by SIGTERM."""
    life = await place.start()
    await life.ready()
    await place.until(place.quiet)
    assert await life.stop() == 0
    return await read_books(place.url, place.data, place.world)


async def dies(place: Stage, hook: str) -> None:
    life = await place.start(hook)
    assert await life.ended() == -signal.SIGKILL


async def test_f2_killed_before_the_inbox_the_update_comes_again_and_counts_once(
    place: Stage, crowd: Crowd
) -> None:
    await crowd.settle(1, 0)
    place.say(ANNA, "/help")
    await dies(place, "before_inbox")
    assert place.world.updates.receipts.confirmed == []
    books = await settled(place)
    assert [kept.state for kept in books.kept] == ["done"]
    assert len(books.sends) == 1
    assert examine(books, Crashes()).broken == []


async def test_f3_killed_after_telegram_took_it_a_reply_comes_twice_at_most(
    place: Stage, crowd: Crowd
) -> None:
    await crowd.settle(1, 0)
    place.say(ANNA, "/help")
    await dies(place, "before_booking")
    assert len(place.texts(ANNA)) == 1
    books = await settled(place)
    assert len(books.sends) == 2
    assert [row.state for row in books.said] == ["sent"]


async def test_f3_killed_after_telegram_took_it_a_nudge_comes_exactly_once(
    place: Stage, crowd: Crowd
) -> None:
    planned(crowd, ANNA, "nudge", next_minute(place, timedelta(minutes=3)))
    await crowd.settle(1, 0)
    place.world.time.move(timedelta(minutes=4))
    await dies(place, "before_booking")
    books = await settled(place)
    assert len(books.sends) == 1
    assert [(row.lane, row.state) for row in books.said] == [(Lane.NUDGE, "unknown")]


async def test_f4_killed_before_sending_the_reply_goes_out_after_the_restart(
    place: Stage, crowd: Crowd
) -> None:
    await crowd.settle(1, 0)
    place.say(ANNA, "/help")
    await dies(place, "before_sending")
    assert place.texts(ANNA) == []
    life = await place.start()
    await place.until(lambda: place.texts(ANNA), within_s=10)
    await life.stop()
    books = await read_books(place.url, place.data, place.world)
    assert [row.state for row in books.said] == ["sent"]
    assert len(books.sends) == 1


async def test_f5_told_to_go_with_a_hundred_updates_waiting_nothing_is_lost_or_doubled(
    place: Stage, crowd: Crowd
) -> None:
    await crowd.settle(50, 0)
    life = await place.start()
    await life.ready()
    for number in range(100):
        place.say(crowd.members[number % 50], "/help")
    await place.until(lambda: place.world.ledger.count >= 1)
    assert await life.stop(within_s=10) == 0
    assert place.world.ledger.count < 100
    books = await settled(place)
    assert len(books.kept) == 100
    assert len(books.sends) == 100
    assert examine(books, Crashes()).broken == []


@pytest.mark.skipif(not IS_LONG, reason="the long form: python -m tests.faults --long")
async def test_f6_a_second_sigterm_costs_nothing(place: Stage, crowd: Crowd) -> None:
    await crowd.settle(1, 0)
    life = await place.start()
    await life.ready()
    place.say(ANNA, "/help")
    life.signal(signal.SIGTERM)
    await asyncio.sleep(0.1)
    # Python itself may be ending already, with no handler in place: then the signal ends it.
    assert await life.stop(within_s=10) in (0, -signal.SIGTERM)
    books = await settled(place)
    assert len(books.sends) == 1
    assert examine(books, Crashes()).broken == []


async def test_f29_an_update_that_kills_the_process_is_set_aside_after_three_restarts(
    place: Stage, crowd: Crowd
) -> None:
    """And takes nobody along who was being answered at the same time."""
    await crowd.settle(20, 0)
    for person in crowd.members:
        place.say(person, POISON if person == ANNA else "/today")
    for _ in range(3):
        await dies(place, "poison")
    life = await place.start("poison")
    await place.until(lambda: place.texts(ANNA))
    place.say(ANNA, "/help")
    await place.until(lambda: len(place.texts(ANNA)) == 2, within_s=5)
    await place.until(place.quiet)
    assert await life.stop() == 0
    assert life.events["dead_letter"] == 1
    books = await read_books(place.url, place.data, place.world)
    dead = [
        (kept.update["message"]["text"], kept.reason) for kept in books.kept if kept.state == "dead"
    ]
    assert dead == [(POISON, "killed_the_process")]
    assert len(books.kept) == 21

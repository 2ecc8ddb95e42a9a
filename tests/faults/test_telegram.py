"""F7-F14: what Telegram and the network do, against the bot inside this process."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from bot.clock import MovableClock
from bot.delivery import ticker
from bot.domain.messages import Lane
from bot.sandbox import World, serve
from bot.sandbox.controls import inject_update
from bot.sandbox.faults import FaultKind
from bot.sandbox.orders import Order
from tests.faults.books import Books, read_books
from tests.faults.checks import Crashes, examine
from tests.faults.conftest import IS_LONG, next_minute, planned
from tests.faults.crowd import Crowd
from tests.faults.stage import Stage

pytestmark = pytest.mark.faults

ANNA = 5001
LEASE_STEP = timedelta(seconds=35)
"""Moves the clock past the pause after an unknown fate (30-45 s in two moves), within any lease."""


async def books_of(place: Stage) -> Books:
    return await read_books(place.url, place.data, place.world)


async def patience(place: Stage, done: Callable[[], object]) -> None:
    """Move the clock on until a retry has come."""
    async with asyncio.timeout(60):
        while not done():
            place.world.time.move(LEASE_STEP)
            await asyncio.sleep(1.2 if IS_LONG else 0.4)


def attempts(place: Stage) -> list[float]:
    """When sendMessage was asked for, in monotonic seconds."""
    arrivals: list[float] = place.world.ledger.requests("sendMessage")["sendMessage"]["at_s"]
    return arrivals


def message(person: int, update_id: int, text: str) -> dict[str, object]:
    return {
        "update_id": update_id,
        "message": {
            "message_id": 900_000 + update_id % 100_000,
            "date": 1_790_000_000,
            "text": text,
            "chat": {"id": person, "type": "private", "first_name": "Anna"},
            "from": {"id": person, "is_bot": False, "first_name": "Anna"},
        },
    }


async def test_f7_the_same_update_five_times_has_one_effect(place: Stage, crowd: Crowd) -> None:
    await crowd.settle(1, 0)
    raw = json.dumps(message(ANNA, 77, "hello"))
    for _ in range(5):
        place.world.updates.inject(raw, "message", ANNA, 77)
    async with place.within():
        await place.until(lambda: place.texts(ANNA) and place.quiet())
    books = await books_of(place)
    assert len(books.kept) == 1
    assert len(books.sends) == 1


async def test_f8_no_update_is_skipped_for_its_number(place: Stage, crowd: Crowd) -> None:
    """Gaps, wrong order, and lower numbers after a quiet time."""
    await crowd.settle(20, 0)
    count = 10_000 if IS_LONG else 200
    chance = Random(8)  # noqa: S311 - repeatable
    numbers = chance.sample(range(1, 10**9), count)
    async with place.within(send_rate="1000"):
        for half in (numbers[: count // 2], numbers[count // 2 :]):
            for number in half:
                person = chance.choice(crowd.members)
                update = {"update_id": number, "edited_message": message(person, number, "x")}
                update["edited_message"] = message(person, number, f"note {number}")["message"]
                inject_update(place.world, Order(update))
            await place.until(place.quiet, within_s=600)
    books = await books_of(place)
    assert {kept.update_id for kept in books.kept} == set(numbers)
    assert {kept.state for kept in books.kept} == {"done"}


async def test_f9_while_telegram_answers_502_a_message_is_tried_once_in_30_s_and_then_goes(
    place: Stage, crowd: Crowd
) -> None:
    """Ten minutes by the moved clock; real ones in the long form."""
    await crowd.settle(10, 0)
    fault = place.fault(FaultKind.BAD_GATEWAY, "sendMessage")
    steps = 20
    async with place.within(send_rate="1000"):
        for person in crowd.members:
            place.say(person, "/help")
        await place.until(lambda: len(attempts(place)) == 10)
        for _ in range(steps):
            if IS_LONG:
                await asyncio.sleep(30)
            else:
                place.world.time.move(timedelta(seconds=30))
                await asyncio.sleep(0.15)
        assert 10 < len(attempts(place)) <= 10 * (steps + 1)
        place.world.faults.remove(fault.id)
        if IS_LONG:
            await place.until(place.quiet, within_s=120)
        else:
            await patience(place, place.quiet)
    books = await books_of(place)
    assert Counter(send["chat_id"] for send in books.sends) == dict.fromkeys(crowd.members, 1)


FAR = {"lost": (FaultKind.LOST, 0.0), "too slow": (FaultKind.SLOW, 25.0)}


@pytest.mark.parametrize("how", FAR if IS_LONG else ["lost"])
async def test_f10_taken_but_never_answered_a_nudge_is_sent_once_and_a_reply_twice_at_most(
    place: Stage, crowd: Crowd, how: str
) -> None:
    """The connection drops after Telegram took it; in the long form a read time-out, too."""
    kind, delay_s = FAR[how]
    due = next_minute(place, timedelta(minutes=3))
    planned(crowd, 5002, "nudge", due)
    await crowd.settle(2, 0)
    place.fault(kind, "sendMessage", person=ANNA, times=1, delay_s=delay_s)
    place.fault(kind, "sendMessage", person=5002, times=1, delay_s=delay_s)
    async with place.within():
        place.say(ANNA, "/help")
        place.world.time.move_to(due)
        await place.until(lambda: len(place.texts()) == 2)
        await asyncio.sleep(delay_s)
        await patience(place, place.quiet)
    assert len(place.texts(ANNA)) == 2
    assert len(place.texts(5002)) == 1
    books = await books_of(place)
    assert sorted(row.state for row in books.said) == ["sent", "unknown"]


async def test_f11_after_six_hours_without_a_network_replies_go_and_stale_nudges_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing listens at Telegram's address for six hours of the moved clock."""
    monkeypatch.setattr(ticker, "TIDY_EVERY_S", 1)  # what is too late is cleared away by then
    world = World(MovableClock())
    async with AsyncExitStack() as served:
        root = await served.enter_async_context(serve(world))
        place = Stage(world, root, tmp_path / "data")
        crowd = Crowd(place, Random(11))  # noqa: S311 - repeatable
        early = [next_minute(place, timedelta(minutes=5 * n)) for n in range(1, 7)]
        fresh = next_minute(place, timedelta(hours=5, minutes=45))
        for number, due in enumerate([*early, *[fresh] * 6]):
            planned(crowd, 5001 + number, "nudge", due)
        await crowd.settle(13, 0)
        place.fault(FaultKind.BAD_GATEWAY, "sendMessage", times=1)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(_bot_until(place, stop))
            try:
                place.say(crowd.members[12], "/help")
                await place.until(lambda: len(attempts(place)) == 1)
                await _six_hours_away(place, served)
            finally:
                stop.set()
    books = await books_of(place)
    assert [row.state for row in books.said if row.lane is Lane.REPLY] == ["sent"]
    nudges = {row.chat_id: row for row in books.said if row.dedupe.startswith("nudge:")}
    # Unknown: written to a connection that was open when Telegram went. Sent is none of them.
    early_ends = {nudges[person].state for person in crowd.members[:6]}
    assert early_ends <= {"expired", "unknown"}
    texts = {nudge.text for nudge in nudges.values()}
    nudged = Counter(send["chat_id"] for send in books.sends if send["text"] in texts)
    assert nudged == dict.fromkeys(crowd.members[6:12], 1)


async def _six_hours_away(place: Stage, served: AsyncExitStack) -> None:
    await served.aclose()
    for minutes in (10, 10, 15, 325):
        place.world.time.move(timedelta(minutes=minutes))
        await asyncio.sleep(1.2)  # the ticker looks once a second
    port = int(place.root.rpartition(":")[2])
    await served.enter_async_context(serve(place.world, port=port))
    await patience(place, place.quiet)


async def _bot_until(place: Stage, stop: asyncio.Event) -> None:
    async with place.within():
        await stop.wait()


async def test_f12_after_a_429_nothing_but_first_aid_goes_until_the_time_is_over(
    place: Stage, crowd: Crowd
) -> None:
    """3 s; 30 s in the long form."""
    wait_s = 30 if IS_LONG else 3
    await crowd.settle(10, 0)
    place.fault(FaultKind.TOO_MANY, "sendMessage", times=1, retry_after_s=wait_s)
    async with place.within():
        place.say(ANNA, "/help")
        await place.until(lambda: attempts(place))
        began = attempts(place)[0]
        for person in crowd.members:
            place.say(person, "/help")
        place.say(5010, "/sos")
        await place.until(lambda: place.texts(5010))
        await place.until(place.quiet, within_s=wait_s + 30)
    inside = [at for at in attempts(place) if began < at < began + wait_s]
    assert len(inside) == 1  # the call for help
    assert place.world.ledger.requests("sendMessage")["sendMessage"]["refused"] == 1
    books = await books_of(place)
    assert len(books.sends) == 12
    assert examine(books, Crashes()).broken == []


GONE = {
    "blocked": (FaultKind.FORBIDDEN, "Forbidden: bot was blocked by the user"),
    "deactivated": (FaultKind.FORBIDDEN, "Forbidden: user is deactivated"),
    "no chat": (FaultKind.BAD_REQUEST, "Bad Request: chat not found"),
}


@pytest.mark.parametrize("how", GONE if IS_LONG else ["blocked"])
async def test_f13_who_cannot_be_reached_is_left_alone_until_they_write(
    place: Stage, crowd: Crowd, how: str
) -> None:
    kind, words = GONE[how]
    first = next_minute(place, timedelta(minutes=3))
    planned(crowd, ANNA, "daily", first)
    await crowd.settle(1, 0)
    fault = place.fault(kind, "sendMessage", person=ANNA, description=words)
    async with place.within():
        place.world.time.move_to(first)
        await place.until(lambda: attempts(place))
        await place.until(place.quiet)
        for _ in range(8):  # two days
            place.world.time.move(timedelta(hours=6))
            await asyncio.sleep(0.1)
        assert len(attempts(place)) == 1
        place.world.faults.remove(fault.id)
        place.say(ANNA, "/start")
        await place.until(lambda: place.texts(ANNA))
        place.world.time.move(timedelta(days=1))
        await place.until(lambda: len(place.texts(ANNA)) == 2)
    books = await books_of(place)
    assert [row.state for row in books.said if row.dedupe[:7] == "checkin"] == ["refused", "sent"]


UNLIKED = {
    "markup": "Bad Request: can't parse entities: unexpected end tag",
    "length": "Bad Request: message is too long",
}


@pytest.mark.parametrize("what", UNLIKED)
async def test_f14_what_telegram_cannot_read_arrives_at_the_second_attempt(
    place: Stage, crowd: Crowd, what: str
) -> None:
    await crowd.settle(1, 0)
    place.fault(FaultKind.BAD_REQUEST, "sendMessage", times=1, description=UNLIKED[what])
    async with place.within():
        place.say(ANNA, "/start")
        await place.until(lambda: place.quiet() and place.texts(ANNA))
    assert len(attempts(place)) == 2
    books = await books_of(place)
    assert examine(books, Crashes()).broken == []

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.delivery.bell import Bell
from bot.delivery.lanes import Handle, Lanes
from bot.delivery.raw import arrival_of
from bot.errors import StorageUnavailable
from bot.storage.inbox import LEASE, Letter
from bot.storage.tables import inbox
from tests.delivery.conftest import Stage

ANNA, BEN = 1001, 1002


def lanes_with(stage: Stage, handle: Handle) -> Lanes:
    services = stage.ground.services
    return Lanes(
        "worker", services.post, services.safety, handle, stage.work, Bell(), Bell(),
        stage.ground.pulse,
    )  # fmt: skip


async def arrive(stage: Stage, number: int, chat_id: int = ANNA, text: str = "hi") -> None:
    update = {
        "update_id": number,
        "message": {"chat": {"id": chat_id, "type": "private"}, "text": text},
    }
    await stage.ground.services.post.take_in([arrival_of(update)])


async def rounds(stage: Stage, lanes: Lanes, count: int) -> None:
    """So many looks at the inbox, each a while after the work of the last one has ended."""
    for _ in range(count):
        await lanes.work_once()
        await stage.quiet(stage.work)
        stage.clock.move(timedelta(seconds=2))


def settling(stage: Stage, seen: list[int]) -> Handle:
    async def handle(letter: Letter) -> None:
        seen.append(letter.update["update_id"])
        await stage.ground.services.post.settle(letter.seq)

    return handle


def poisoned(number: int, otherwise: Handle, failure: Callable[[], Awaitable[None]]) -> Handle:
    """Handles all updates but one, which fails each time."""

    async def handle(letter: Letter) -> None:
        if letter.update["update_id"] == number:
            await failure()
        await otherwise(letter)

    return handle


async def fails() -> None:
    raise ZeroDivisionError("a secret")


async def test_a_poison_update_is_tried_three_times_then_buried_and_the_next_one_passes(
    stage: Stage,
) -> None:
    await arrive(stage, 1)
    await arrive(stage, 2)
    seen: list[int] = []
    lanes = lanes_with(stage, poisoned(1, settling(stage, seen), fails))
    await rounds(stage, lanes, 3)
    assert (await stage.inbox(), seen) == (["dead", "new"], [])
    await rounds(stage, lanes, 1)
    assert (await stage.inbox(), seen) == (["dead", "done"], [2])
    assert len(stage.logged("update_failed")) == 3
    assert len(stage.logged("dead_letter")) == 1
    assert "secret" not in stage.log.getvalue()


async def test_whoever_wrote_a_dead_update_gets_an_apology_with_help_in_it(stage: Stage) -> None:
    person = await stage.person()
    await arrive(stage, 1, person)
    await rounds(stage, lanes_with(stage, fails_always), 3)
    async with stage.running("sender"):
        (text,) = await stage.hears(person)
    assert text == stage.ground.library.text("sorry-dead", "en")
    assert "sos" in str(await stage.said(person))


async def fails_always(_letter: Letter) -> None:
    raise ZeroDivisionError


async def test_a_dead_update_from_a_group_gets_no_apology(stage: Stage) -> None:
    group = {"update_id": 1, "message": {"chat": {"id": -5, "type": "group"}}}
    await stage.ground.services.post.take_in([arrival_of(group)])
    await rounds(stage, lanes_with(stage, fails_always), 3)
    assert (await stage.inbox(), await stage.outbox()) == (["dead"], [])


async def test_an_update_that_took_the_process_with_it_three_times_is_not_tried_again(
    stage: Stage,
) -> None:
    await arrive(stage, 1)
    for _ in range(3):
        await stage.ground.services.post.next_letters("killed", 1)
        stage.clock.move(LEASE + timedelta(seconds=1))
    seen: list[int] = []
    await rounds(stage, lanes_with(stage, settling(stage, seen)), 1)
    assert (await stage.inbox(), seen) == (["dead"], [])
    (row,) = await stage.rows(inbox)
    assert row.reason == "killed_the_process"


async def test_an_update_is_blameless_while_the_database_is_away(stage: Stage) -> None:
    await arrive(stage, 1)
    seen: list[int] = []
    outages = iter(range(10))

    async def away() -> None:
        if next(outages, None) is not None:
            raise StorageUnavailable

    lanes = lanes_with(stage, poisoned(1, settling(stage, seen), away))
    await rounds(stage, lanes, 10)
    (row,) = await stage.rows(inbox)
    assert (row.state, row.attempts) == ("new", 0)
    await rounds(stage, lanes, 1)
    assert (await stage.inbox(), seen) == (["done"], [1])


async def test_a_slow_update_holds_up_its_own_chat_only(stage: Stage) -> None:
    slow = asyncio.Event()
    seen: list[int] = []
    await arrive(stage, 1)
    await arrive(stage, 2)
    await arrive(stage, 3, BEN)
    await arrive(stage, 4, BEN)

    async def waits() -> None:
        await slow.wait()

    lanes = lanes_with(stage, poisoned(1, settling(stage, seen), waits))
    while len(seen) < 2:
        await lanes.work_once()
        await asyncio.sleep(0)
    assert seen == [3, 4]
    slow.set()
    while len(seen) < 4:
        await lanes.work_once()
        await asyncio.sleep(0)
    assert seen == [3, 4, 1, 2]
    await stage.quiet(stage.work)


async def test_an_update_that_takes_too_long_counts_as_failed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.lanes.HANDLING_S", 0.01)
    await arrive(stage, 1)

    async def forever(_letter: Letter) -> None:
        await asyncio.Event().wait()

    await rounds(stage, lanes_with(stage, forever), 3)
    (row,) = await stage.rows(inbox)
    assert (row.state, row.reason) == ("dead", "TimeoutError")


async def test_the_whole_house_answers_each_update_once_and_in_order(stage: Stage) -> None:
    person = await stage.person()
    async with stage.running("intake", "lanes", "sender"):
        for text in ("/help", "what is this", "/help"):
            await stage.sim("say", person=person, text=text)
        first, second, third = await stage.hears(person, 3)
    assert first == third != second
    assert set(await stage.inbox()) == {"done"}

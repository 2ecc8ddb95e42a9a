"""F28 and F31: a handler that always fails, and handlers that take their time."""

import asyncio

import pytest
from telegram import Update

from handlers import checkins
from handlers.context import Context
from tests.faults.books import read_books
from tests.faults.crowd import Crowd
from tests.faults.stage import Stage

pytestmark = pytest.mark.faults

ANNA, BEN = 5001, 5010


async def test_f28_an_update_that_always_fails_is_set_aside_with_an_apology_and_holds_up_nobody(
    place: Stage, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    handled: list[str] = []

    async def fails(update: Update, context: Context) -> None:
        handled.append("again")
        raise ValueError("always")

    monkeypatch.setattr(checkins, "typed", fails)
    await crowd.settle(1, 0)
    async with place.within():
        place.say(ANNA, "poison")
        place.say(ANNA, "/help")
        await place.until(lambda: len(place.texts(ANNA)) == 2, within_s=10)
        await place.until(place.quiet)
    assert len(handled) == 3
    apology, answer = place.texts(ANNA)
    assert apology.startswith("I am sorry. I could not handle your last message.")
    assert "/sos" in apology
    assert answer.startswith("Here is what you can do")
    books = await read_books(place.url, place.data, place.world)
    assert [(kept.state, kept.reason) for kept in books.kept] == [
        ("dead", "ValueError"),
        ("done", None),
    ]


async def test_f31_six_handlers_that_take_five_seconds_keep_nobody_else_waiting(
    place: Stage, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = checkins.typed
    begun: list[int] = []
    go_on = asyncio.Event()

    async def slow(update: Update, context: Context) -> None:
        begun.append(1)
        await go_on.wait()
        await typed(update, context)

    monkeypatch.setattr(checkins, "typed", slow)
    await crowd.settle(10, 0)
    async with place.within():
        for person in crowd.members[:6]:
            place.say(person, "slow")
        await place.until(lambda: len(begun) == 6)
        place.say(BEN, "/sos")
        place.say(crowd.members[8], "/help")
        await place.until(lambda: place.texts(BEN), within_s=1.5)
        await place.until(lambda: place.texts(crowd.members[8]))
        assert len(place.texts()) == 2  # the six still wait
        go_on.set()
        await place.until(place.quiet)
    assert len(place.texts()) == 8

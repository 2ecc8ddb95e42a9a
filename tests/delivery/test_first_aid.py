import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from bot.delivery import first_aid, ingest
from bot.delivery.first_aid import FirstAid
from bot.delivery.raw import Raw
from bot.errors import StorageUnavailable
from bot.storage import people
from bot.storage.inbox import Arrival
from bot.storage.tables import inbox
from tests.delivery.conftest import NOON, Stage, until


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a broken database alone for moments instead of seconds."""
    for name in ("STRAIGHT_TO_SPOOL_S", "DRAIN_EVERY_S"):
        monkeypatch.setattr(ingest, name, 0.02)


@contextmanager
def locked(stage: Stage) -> Iterator[None]:
    """Another program holds the database's lock."""
    holder = sqlite3.connect(stage.file, isolation_level=None)
    try:
        holder.execute("BEGIN IMMEDIATE")
        yield
        holder.execute("ROLLBACK")
    finally:
        holder.close()


async def asked(stage: Stage, person: int, text: str = "/sos") -> int:
    number: int = (await stage.sim("say", person=person, text=text))["update_id"]
    return number


def update(person: int, number: int = 1, text: str = "/sos") -> Raw:
    chat = {"id": person, "type": "private"}
    return {"update_id": number, "message": {"chat": chat, "text": text, "from": {"id": person}}}


def card(stage: Stage, country: str | None = None) -> str:
    """The first line of the help card, as Telegram shows it."""
    library = stage.ground.library
    return library.render(library.help_card(country), "en").plain.splitlines()[0]


@pytest.mark.parametrize("text", ["/sos", "SOS", "/sos@the_bot", " /sos now", "／sos"])
async def test_help_comes_at_once_however_it_is_asked_for(stage: Stage, text: str) -> None:
    person = await stage.person()
    async with stage.running("intake"):
        await asked(stage, person, text)
        (heard,) = await stage.hears(person)
    assert card(stage) in heard


async def test_the_help_button_is_a_call_for_help(stage: Stage) -> None:
    person = await stage.person()
    async with stage.running("intake"):
        await stage.sim("tap", person=person, message_id=1, data="sos", force=True)
        (heard,) = await stage.hears(person)
    assert card(stage) in heard


async def test_help_is_that_of_the_persons_country(stage: Stage) -> None:
    person = await stage.person()
    async with stage.ground.database.begin() as run:
        kept = await people.add(run, person, "en", 1, NOON)
        await people.set_place(run, kept.id, "DE", "Europe/Berlin")
    async with stage.running("intake"):
        await asked(stage, person)
        (heard,) = await stage.hears(person)
    shown = stage.ground.library.render(stage.ground.library.help_card("DE"), "en").plain
    assert heard.split() == shown.split()


async def test_help_comes_while_the_database_is_locked(stage: Stage) -> None:
    person = await stage.person()
    async with stage.running("intake"):
        with locked(stage):
            await asked(stage, person)
            (heard,) = await stage.hears(person)
            assert await stage.inbox() == []
        await until(lambda: inbox_is(stage, "new"))
    assert card(stage) in heard


async def test_help_comes_while_the_database_is_gone_and_is_not_repeated_afterwards(
    stage: Stage,
) -> None:
    person = await stage.person()
    aside = stage.file.rename(stage.file.with_name("away.db"))
    async with stage.running("intake", "drain", "lanes", "sender"):
        number = await asked(stage, person)
        (heard,) = await stage.hears(person)
        await until(lambda: stage.world.updates.receipts.confirmed == [number])
        aside.rename(stage.file)
        await until(lambda: bool(stage.logged("spool_drained")))
        stage.clock.move(timedelta(seconds=5))
        await until(lambda: inbox_is(stage, "done"))
    assert card(stage) in heard
    assert len(await stage.texts(person)) == 1


async def inbox_is(stage: Stage, state: str) -> bool:
    return await stage.inbox() == [state]


async def test_help_comes_where_there_never_was_a_database(stage: Stage) -> None:
    async def no_country(_chat_id: int) -> str | None:
        raise StorageUnavailable

    async def no_mark(_arrival: Arrival) -> None:
        raise StorageUnavailable

    person = await stage.person()
    ground = stage.ground
    alone = FirstAid(
        stage.side.aid_bot, ground.library, no_country, no_mark, stage.work, ground.pulse
    )
    alone.look(update(person))
    (heard,) = await stage.hears(person)
    assert card(stage) in heard


async def test_help_does_not_wait_for_a_country_that_does_not_come(stage: Stage) -> None:
    person = await stage.person()
    with locked(stage):
        stage.engine.first_aid.look(update(person))
        (heard,) = await stage.hears(person)
    assert card(stage) in heard


async def test_after_a_429_help_waits_as_told_and_then_goes_before_all_else(
    stage: Stage,
) -> None:
    person = await stage.person()
    await stage.sim("faults", kind="429", method="sendMessage", times=1, retry_after_s=1)
    async with stage.running("intake", "lanes"):
        await asked(stage, person)
        (heard,) = await stage.hears(person)
    assert card(stage) in heard
    first, second = (await stage.look("requests?method=sendMessage"))["methods"]["sendMessage"][
        "at_s"
    ]
    assert second - first >= 1


async def test_the_same_update_handed_out_again_helps_once(stage: Stage) -> None:
    person = await stage.person()
    for _ in range(3):
        await stage.engine.ingest.take([update(person)])
    await stage.quiet()
    assert len(await stage.texts(person)) == 1
    await stage.engine.ingest.take([update(person, 2)])
    await stage.quiet()
    assert len(await stage.texts(person)) == 2


async def test_the_lane_does_not_answer_again_after_first_aid_did(stage: Stage) -> None:
    person = await stage.person()
    async with stage.running("intake", "lanes", "sender"):
        await asked(stage, person)
        await until(lambda: inbox_is(stage, "done"))
    assert len(await stage.texts(person)) == 1
    assert await stage.outbox() == []
    (row,) = await stage.rows(inbox)
    assert row.aided_at == NOON


async def test_the_lane_answers_when_first_aid_could_not(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_aid, "HANDS_OVER_S", 0.05)
    person = await stage.person()
    await stage.sim("faults", kind="502", method="sendMessage")
    async with stage.running("intake", "lanes", "sender"):
        await asked(stage, person)
        await until(lambda: bool(stage.logged("first_aid_handed_over")))
        await stage.http.delete("/sim/faults")
        assert await stage.texts(person) == []
        stage.clock.move(timedelta(seconds=3))
        (heard,) = await stage.hears(person)
        await until(lambda: inbox_is(stage, "done"))
    assert card(stage) in heard
    assert len(await stage.texts(person)) == 1


async def test_where_the_card_is_not_taken_bare_words_go(stage: Stage) -> None:
    person = await stage.person()
    await stage.sim(
        "faults", kind="400", method="sendMessage", times=1,
        description="Bad Request: can't parse entities",
    )  # fmt: skip
    stage.engine.first_aid.look(update(person))
    (heard,) = await stage.hears(person)
    assert card(stage) in heard


async def test_whoever_blocked_the_bot_is_not_tried_for_ever(stage: Stage) -> None:
    person = await stage.person()
    await stage.sim("faults", kind="403", method="sendMessage")
    stage.engine.first_aid.look(update(person))
    await stage.quiet()
    assert (await stage.look("requests?method=sendMessage"))["methods"]["sendMessage"]["count"] == 1


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"update_id": 1, "message": None},
        {"update_id": 1, "message": {"text": "/sos"}},
        {"update_id": 1, "message": {"text": "/sos", "chat": {"id": "x", "type": "private"}}},
        {"update_id": 1, "message": {"text": "/sos", "chat": {"id": -5, "type": "group"}}},
        {"update_id": [], "message": {"text": ["/sos"], "chat": {"id": 1, "type": "private"}}},
        {"update_id": 1, "message": {"text": "\ud800", "chat": {"id": 1, "type": "private"}}},
        {"update_id": 1, "callback_query": {"data": "sos", "message": "gone"}},
    ],
)
async def test_odd_updates_are_no_call_for_help_and_no_failure(stage: Stage, odd: Raw) -> None:
    assert stage.engine.first_aid.look(odd) is None


async def test_people_who_write_while_nothing_can_be_saved_learn_so_once_an_hour(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "TELL_AFTER_S", 0.0)
    person = await stage.person()
    aside = stage.file.rename(stage.file.with_name("away.db"))
    for number in range(3):
        await stage.engine.ingest.take([update(person, number, "hello")])
    await stage.quiet()
    aside.rename(stage.file)
    assert await stage.texts(person) == [stage.ground.library.text("cannot-save", "en")]

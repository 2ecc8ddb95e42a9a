from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from bot.domain.messages import Attachment, Button, Lane, Line, Message, say
from bot.domain.schedules import EVERY_DAY, WallTime
from bot.storage import outbox, people, schedules
from bot.storage.outbox import LEASE
from bot.storage.parcels import Entry
from bot.storage.tables import outbox as table
from bot.storage.tables import person as person_table
from bot.storage.tables import schedule as schedule_table
from tests.delivery.conftest import NOON, Stage, until

TEXT = "I am a simple program."
HELLO = say("unknown-text")


async def put(stage: Stage, chat_id: int, message: Message = HELLO, **more: Any) -> None:
    database = stage.ground.database
    async with database.begin() as run:
        entry = Entry(
            message=message,
            dedupe=f"test:{uuid7()}",
            chat_hash=people.chat_hash(run, chat_id),
            language="en",
            chat_id=chat_id,
            **more,
        )
        await outbox.put(run, [entry], stage.clock.now())


async def send(stage: Stage) -> Any:
    """One look at the outbox, and the first row as it is when all that it began has ended."""
    await stage.engine.sender.work_once()
    await stage.quiet()
    return (await stage.rows(table))[0]


async def fault(stage: Stage, kind: str, times: int | None = 1, **more: Any) -> None:
    limit = {} if times is None else {"times": times}
    methods = ["sendMessage", "editMessageText"]
    await stage.sim("faults", kind=kind, method=methods, **limit, **more)


def lane(which: Lane) -> Message:
    return replace(HELLO, lane=which)


async def test_what_arrived_is_sent_with_its_number(stage: Stage) -> None:
    person = await stage.person()
    await put(stage, person)
    row = await send(stage)
    (said,) = await stage.said(person)
    assert said["text"].startswith(TEXT)
    assert (row.state, row.message_id, row.attempts) == ("sent", said["message_id"], 1)


@pytest.mark.parametrize("which", list(Lane))
async def test_a_429_says_when_to_come_again_and_is_nobodys_fault(
    stage: Stage, which: Lane
) -> None:
    person = await stage.person()
    await fault(stage, "429", retry_after_s=7)
    await put(stage, person, lane(which))
    row = await send(stage)
    assert (row.state, row.attempts) == ("queued", 0)
    assert row.not_before == NOON + timedelta(seconds=7)
    assert stage.pace.held_for_s > 6
    assert await stage.texts(person) == []


@pytest.mark.parametrize("kind", ["502", "500", "html", "lost", "refuse"])
@pytest.mark.parametrize("which", list(Lane))
async def test_of_unknown_fate_nudges_and_summaries_are_not_said_again_all_else_is(
    stage: Stage, kind: str, which: Lane
) -> None:
    person = await stage.person()
    await fault(stage, kind)
    await put(stage, person, lane(which))
    row = await send(stage)
    heard = len(await stage.texts(person))
    if not which.repeats_when_unknown:
        assert (row.state, row.not_before) == ("unknown", NOON)
        stage.clock.move(timedelta(minutes=5))
        await send(stage)
        assert len(await stage.texts(person)) == heard
        return
    assert (row.state, row.attempts) == ("queued", 1)
    assert timedelta(seconds=30) <= row.not_before - NOON <= timedelta(seconds=45)
    stage.clock.move(timedelta(minutes=1))
    assert (await send(stage)).state == "sent"
    assert len(await stage.texts(person)) == heard + 1


async def test_while_telegram_cannot_be_reached_everything_is_tried_again_soon(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await stage.person()
    await put(stage, person, lane(Lane.NUDGE))
    nowhere = stage.side.bot.base_url.replace(stage.root, "http://127.0.0.1:1")
    with monkeypatch.context() as cut_off:
        cut_off.setattr(stage.side.bot, "_base_url", nowhere)
        row = await send(stage)
    assert (row.state, row.reason) == ("queued", "connect_error")
    assert timedelta(seconds=1) <= row.not_before - NOON <= timedelta(seconds=2)
    stage.clock.move(timedelta(seconds=2))
    assert (await send(stage)).state == "sent"


@pytest.mark.parametrize(
    ("kind", "description"),
    [
        ("403", None),
        ("403", "Forbidden: user is deactivated"),
        ("400", "Bad Request: chat not found"),
    ],
)
async def test_whoever_cannot_be_reached_is_left_alone_until_they_come_back(
    stage: Stage, kind: str, description: str | None
) -> None:
    chat_id = await stage.person()
    async with stage.ground.database.begin() as run:
        person = await people.add(run, chat_id, "en", 1, NOON)
        await schedules.set_daily(run, person.id, "daily", WallTime(20), EVERY_DAY, "UTC", NOON)
    await fault(stage, kind, description=description)
    await put(stage, chat_id, lane(Lane.CHECKIN), person_id=person.id)
    later = NOON + timedelta(hours=1)
    await put(stage, chat_id, lane(Lane.NUDGE), person_id=person.id, not_before=later)
    assert (await send(stage)).state == "refused"
    assert await stage.outbox() == ["refused", "refused"]
    async with stage.ground.database.begin() as run:
        (found,) = (await run(person_table.select())).all()
        (asleep,) = (await run(schedule_table.select())).all()
    assert found.unreachable_at == NOON
    assert asleep.next_due_at is None


async def test_what_telegram_refuses_for_good_is_not_tried_again(stage: Stage) -> None:
    person = await stage.person()
    await fault(stage, "400", description="Bad Request: something odd")
    await put(stage, person)
    row = await send(stage)
    assert (row.state, row.reason) == ("refused", "bad_request")


async def test_where_the_markup_cannot_be_read_plain_words_go(stage: Stage) -> None:
    person = await stage.person()
    await fault(stage, "400", description="Bad Request: can't parse entities: byte 3")
    await put(stage, person)
    assert (await send(stage)).state == "sent"
    (said,) = await stage.said(person)
    assert "bold" not in str(said["entities"])
    assert said["text"].startswith(TEXT)


async def test_where_a_button_spoils_the_message_the_words_go_without(stage: Stage) -> None:
    person = await stage.person()
    await fault(stage, "400", description="Bad Request: BUTTON_DATA_INVALID")
    await put(stage, person, say("unknown-text", rows=((Button("label-help-now", action="sos"),),)))
    assert (await send(stage)).state == "sent"
    (said,) = await stage.said(person)
    assert said["buttons"] == []


async def test_a_message_refused_in_every_form_ends(stage: Stage) -> None:
    person = await stage.person()
    await fault(stage, "400", times=None, description="Bad Request: can't parse entities")
    await put(stage, person)
    assert (await send(stage)).state == "refused"
    assert (await stage.look("requests?method=sendMessage"))["methods"]["sendMessage"]["count"] == 2


async def test_what_is_too_long_goes_in_pieces_with_the_buttons_last(stage: Stage) -> None:
    person = await stage.person()
    words = "word " * 1500
    rows = ((Button("label-help-now", action="sos"),),)
    long = Message(lines=(Line("place-unknown", {"typed": words}),), rows=rows)
    await put(stage, person, long)
    assert (await send(stage)).state == "sent"
    first, second = await stage.said(person)
    assert first["text"].count("word") + second["text"].count("word") == 1500
    assert (first["buttons"] == [], second["buttons"] == []) == (True, False)


async def test_an_edit_of_a_lost_message_is_said_anew(stage: Stage) -> None:
    person = await stage.person()
    await put(stage, person, replace(HELLO, edits=987654))
    row = await send(stage)
    (said,) = await stage.said(person)
    assert (row.state, row.message_id) == ("sent", said["message_id"])


async def test_an_edit_that_changes_nothing_has_succeeded(stage: Stage) -> None:
    person = await stage.person()
    await put(stage, person)
    number = (await send(stage)).message_id
    await put(stage, person, replace(HELLO, edits=number))
    await send(stage)
    assert await stage.outbox() == ["sent", "sent"]
    assert len(await stage.said(person)) == 1


async def test_a_message_that_cannot_be_built_is_given_up_and_holds_up_nobody(
    stage: Stage,
) -> None:
    person, other = await stage.person(), await stage.person()
    await put(stage, person, replace(HELLO, attachment=Attachment("no/such.png", "such.png")))
    await put(stage, other)
    row = await send(stage)
    assert (row.state, row.reason) == ("refused", "not_buildable")
    assert await stage.outbox() == ["refused", "sent"]


async def test_a_file_is_read_when_its_turn_comes(stage: Stage) -> None:
    person = await stage.person()
    await put(stage, person, replace(HELLO, attachment=Attachment("week", "week.pdf")))
    (stage.ground.settings.data_dir / "week").write_bytes(b"%PDF-1.4")
    assert (await send(stage)).state == "sent"
    (said,) = await stage.said(person)
    assert said["text"].startswith(TEXT)
    assert said["document"]["size"] == len(b"%PDF-1.4")


async def test_what_expired_while_it_waited_is_never_sent(stage: Stage) -> None:
    person = await stage.person()
    await put(stage, person, replace(HELLO, expires_after=timedelta(minutes=1)))
    stage.clock.move(timedelta(minutes=1))
    await send(stage)
    assert await stage.texts(person) == []


async def test_a_message_whose_sender_died_is_said_again_by_the_next(stage: Stage) -> None:
    person = await stage.person()
    await put(stage, person)
    await stage.ground.services.post.next_parcels("died", 1)
    stage.clock.move(LEASE + timedelta(seconds=1))
    await stage.engine.ticker.tidy()
    assert (await send(stage)).state == "sent"


async def test_the_fate_of_a_message_is_written_once_the_database_is_back(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.working.BROKEN_PAUSE_S", 0.02)
    person = await stage.person()
    await put(stage, person)
    await fault(stage, "slow", delay_s=0.2)
    await stage.engine.sender.work_once()
    aside = stage.file.rename(stage.file.with_name("away.db"))
    await stage.hears(person)
    aside.rename(stage.file)
    await stage.quiet()
    assert await stage.outbox() == ["sent"]
    assert len(await stage.texts(person)) == 1


async def test_one_persons_many_messages_hold_up_nobody_else(stage: Stage) -> None:
    one, two = await stage.person(), await stage.person()
    for _ in range(20):
        await put(stage, one)
    await put(stage, two)
    await stage.engine.sender.work_once()
    await stage.quiet()
    assert len(await stage.texts(two)) == 1
    async with stage.running("sender"):
        await until(lambda: stage.world.ledger.count == 21)
    assert len(await stage.texts(one)) == 20


async def test_a_nudge_that_expires_while_it_waits_for_its_turn_is_not_sent(stage: Stage) -> None:
    person = await stage.person()
    nudge = replace(lane(Lane.NUDGE), expires_after=timedelta(minutes=60))
    await put(stage, person, nudge)
    async with stage.pace.turn(Lane.REPLY, str(person)):
        await stage.engine.sender.work_once()
        await until(lambda: stage.pace.waiting == 1)
        stage.clock.move(timedelta(hours=2))  # the machine slept
    await stage.quiet()
    assert (await stage.rows(table))[0].state == "expired"
    assert await stage.texts(person) == []


async def test_what_is_being_sent_is_not_taken_again_when_the_clock_jumps_past_its_lease(
    stage: Stage,
) -> None:
    person = await stage.person()
    await put(stage, person)
    async with stage.pace.turn(Lane.REPLY, str(person)):
        await stage.engine.sender.work_once()
        await until(lambda: stage.pace.waiting == 1)
        stage.clock.move(2 * LEASE)
        await stage.engine.ticker.tidy()
        assert not await stage.engine.sender.work_once()
    await stage.quiet()
    assert len(await stage.texts(person)) == 1


def long_words(*notes: str) -> Message:
    """A message like a full day: several long notes, each in a line of its own."""
    return Message(lines=tuple(Line("answer-line-note", {"value": note}) for note in notes))


@pytest.mark.parametrize("odd", ["</i>", "<b> ", "<" + "a" * 40 + ">"])
async def test_words_that_look_like_markup_do_not_lose_a_long_message(
    stage: Stage, odd: str
) -> None:
    person = await stage.person()
    notes = [f"{odd} {letter * 1900}" for letter in "xyz"]
    await put(stage, person, long_words(*notes))
    assert (await send(stage)).state == "sent"
    said = "".join(await stage.texts(person))
    assert all(note.strip() in said for note in notes)


async def test_a_429_between_the_parts_does_not_say_the_first_part_again(stage: Stage) -> None:
    person = await stage.person()
    await put(stage, person, long_words("x" * 1900, "y" * 1900, "z" * 1900))
    await stage.engine.sender.work_once()
    await until(lambda: stage.world.ledger.count > 0)
    await fault(stage, "429", retry_after_s=1)
    await stage.quiet()
    said = "".join(await stage.texts(person))
    assert [said.count(letter) for letter in "xyz"] == [1900] * 3
    assert (await stage.rows(table))[0].state == "sent"

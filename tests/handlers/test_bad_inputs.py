import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.storage import tables
from tests.chat import Person
from tests.conftest import ON_BOTH
from tests.handlers.odd import MESSAGES, NOT_FOR_US, TEXTS
from tests.handlers.steps import STEPS, Step, as_a_stranger, at_a_scale, at_the_note, at_the_place
from tests.house import House

ANYTHING = re.compile("")
ALL_TEXTS = [text for texts in TEXTS.values() for text in texts]


in_every_step = pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)


@in_every_step
async def test_an_odd_text_gets_an_answer_in_every_step(
    house: House, sam: Person, step: Step
) -> None:
    await step(sam)
    for text in ALL_TEXTS:
        await sam.sends_raw(text)
        await sam.sees(ANYTHING)
    await house.quiet()


@ON_BOTH
async def test_an_odd_note_comes_back_as_it_was_written(house: House, joined: Person) -> None:
    notes = [text for text in ALL_TEXTS if text.strip() and len(text) <= 2000]
    await joined.writes_note("first")
    number = joined.wrote[-1]
    kept = []
    for note in notes:
        await changes_note(joined, number, note)
        if (await joined.sees(ANYTHING)).says("note-changed"):
            kept.append(note)
            [stored] = await house.answers("note")
            assert stored == without_the_unstorable(note)
    assert len(kept) > len(notes) * 3 / 4
    await joined.says("/today")
    await joined.sees("Note: ")


def without_the_unstorable(text: str) -> str:
    """NUL and lone surrogates can be stored nowhere; blanks around a note are no part of it."""
    return re.sub("[\0\ud800-\udfff]", "", text).strip()


async def changes_note(person: Person, message_id: int, text: str) -> None:
    message = {**person.raw(text), "message_id": message_id, "edit_date": 1_790_000_000}
    update_id = person.fresh_update_id()
    await person.house.update(update_id=update_id, edited_message=message)


FEW = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
WRITABLE = st.characters(codec="utf-8", exclude_characters="\0")


@FEW
@given(start=st.text(WRITABLE, max_size=300), end=st.text(WRITABLE, max_size=300))
async def test_any_note_is_kept_exactly(house: House, joined: Person, start: str, end: str) -> None:
    note = f"n{start}-{end}n"
    await joined.checks_in("note")
    await joined.sends_raw(note)
    await joined.sees("checkin-done")
    assert note in await house.answers("note")


@settings(FEW, max_examples=40)
@given(text=st.text(max_size=200))
async def test_any_text_gets_an_answer(house: House, sam: Person, text: str) -> None:
    await sam.sends_raw(text)
    await sam.sees(ANYTHING)
    await house.quiet()


@pytest.mark.parametrize("step", [as_a_stranger, at_the_place, at_a_scale, at_the_note])
async def test_what_is_not_text_is_said_to_be_unreadable(
    house: House, sam: Person, step: Step
) -> None:
    await step(sam)
    before = await house.kept()
    for content in MESSAGES.values():
        await sam.sends(**content)
        await sam.sees("cannot-read")
        assert "Help now" in await sam.buttons()
    assert await house.kept() == before


@pytest.mark.parametrize("kind", NOT_FOR_US)
async def test_what_is_not_for_us_is_done_without_a_word(house: House, kind: str) -> None:
    sent = house.requests("sendMessage")
    await house.update(update_id=house.world.updates.fresh_id(), **NOT_FOR_US[kind])
    await house.until_count(1, tables.inbox, tables.inbox.c.state == "done")
    await house.quiet()
    assert house.requests("sendMessage") == sent
    assert sum((await house.kept()).values()) == 0


async def test_a_group_is_left_at_once(house: House) -> None:
    await house.update(update_id=house.world.updates.fresh_id(), **NOT_FOR_US["added to a group"])
    await house.until(lambda: house.requests("leaveChat"), "leaving the group")
    await house.quiet()


async def test_a_private_message_without_a_sender_is_answered(sam: Person) -> None:
    await sam.says("/help")
    await sam.sees("help-text")
    message = sam.raw("hello")
    del message["from"]
    await sam.house.update(update_id=sam.fresh_update_id(), message=message)
    await sam.sees_only("unknown-text")


async def test_a_message_through_another_bot_is_answered(sam: Person) -> None:
    await sam.says("/help")
    await sam.sees("help-text")
    other = {"id": 9, "is_bot": True, "first_name": "o", "username": "other_bot"}
    await sam.sends_raw("hello", via_bot=other)
    await sam.sees_only("unknown-text")


async def test_an_edit_by_somebody_else_changes_no_note(house: House, joined: Person) -> None:
    await joined.writes_note("mine")
    eve = await house.person("Eve")
    await eve.joins()
    await changes_note(eve, joined.wrote[-1], "not mine")
    await eve.sees_nothing_new()
    assert await house.answers("note") == ["mine"]


@pytest.mark.parametrize(
    "payload",
    [
        "A" * 64,
        "YmFzZTY0",
        "../../etc/passwd",
        "join:agree",
        "d:x:y:z",
        "1001",
        "%00",
        "' OR 1=1--",
    ],
)
async def test_a_payload_of_start_changes_nothing(house: House, sam: Person, payload: str) -> None:
    await sam.says(f"/start {payload}")
    await sam.sees_only("start-what")
    assert (await house.kept())["person"] == 0


COMMANDS = {
    "/nonsense": "unknown-text",
    "/start@other_bot": "unknown-text",
    "/delete": "unknown-text",
    "／today": "unknown-text",
    "／start": "unknown-text",
    "/": "unknown-text",
    "//": "unknown-text",
    "/START": "welcome-back",
    "/today " + "x" * 4000: "today-empty",
    "/checkin@sandbox_bot": "ask-headache",
    "/help me": "help-text",
}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[:16])
async def test_an_odd_command_is_never_taken_for_a_note(
    house: House, joined: Person, command: str
) -> None:
    await joined.checks_in("note")
    await joined.says(command)
    await joined.sees(COMMANDS[command])
    assert await house.answers("note") == []


@pytest.mark.parametrize("number", [0, 2**31, 2**53, 2**63 - 1])
async def test_an_update_of_any_number_is_handled(sam: Person, number: int) -> None:
    await sam.says("/help")
    await sam.sees("help-text")
    await sam.house.update(update_id=number, message=sam.raw("hello"))
    await sam.sees("unknown-text")


@pytest.mark.parametrize("number", [2**63, "seven", None, 1.5, True])
async def test_an_update_whose_number_cannot_be_confirmed_is_answered_once(
    sam: Person, number: object
) -> None:
    await sam.says("/help")
    await sam.sees("help-text")
    await sam.house.update(update_id=number, message=sam.raw("hello"))
    await sam.sees("unknown-text")
    again = sam.house.requests("getUpdates") + 2  # Telegram would hand it out for ever
    await sam.house.until(lambda: sam.house.requests("getUpdates") >= again, "the same again")
    assert [card.says("unknown-text") for card in await sam.cards()].count(True) == 1


@ON_BOTH
async def test_the_same_number_with_another_body_is_another_update(sam: Person) -> None:
    await sam.says("/help")
    await sam.sees("help-text")
    number = sam.fresh_update_id()
    for text in ("one", "two"):
        await sam.house.update(update_id=number, message=sam.raw(text))
        await sam.sees("unknown-text")
    await sam.house.quiet()


async def test_a_call_for_help_under_a_number_used_before_is_answered(sam: Person) -> None:
    await sam.says("/help")
    await sam.sees("help-text")
    number = sam.fresh_update_id()
    for _ in range(2):
        await sam.house.update(update_id=number, message=sam.raw("/sos"))
        await sam.sees("sos-title")
    await sam.house.quiet()


async def test_a_name_that_changes_into_somebody_elses_changes_nothing(
    house: House, joined: Person
) -> None:
    ann = await house.person("Ann")
    await ann.says("/help")
    await ann.sees("help-text")
    user = {"id": ann.id, "is_bot": False, "first_name": joined.name, "username": "sam"}
    await ann.sends_raw("/today", **{"from": user})
    await ann.sees("unknown-text")  # without the mark of a command it is only a text
    await ann.says("/today")
    await ann.sees_only("not-joined")


async def test_words_equal_to_labels_and_names_are_kept_as_words(
    house: House, joined: Person
) -> None:
    words = ["null", "None", "true", "Skip", "Check in now", "7", "!skip", "Begin", "checkin"]
    await joined.writes_note("first")
    for word in words:
        await joined.edits(word)
        await joined.sees("note-changed")
        assert await house.answers("note") == [word]

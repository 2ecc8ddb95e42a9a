import re
from uuid import UUID

import pytest

from bot.domain.buttons import pack, pack_begin
from bot.storage import tables
from tests.chat import Person
from tests.conftest import ON_BOTH
from tests.handlers.steps import Step, as_a_stranger, at_a_scale, at_the_place
from tests.house import House

ANYTHING = re.compile("")
SOMEWHERE = UUID(int=7)
FORGED = [
    "",
    " ",
    "d:",
    "d:x:y:z",
    "d::::",
    "join:boom",
    "sosx",
    "checkin ",
    "x" * 64,
    "д" * 32,
    "null",
    "\ud83d",
    "\x00",
    pack_begin(SOMEWHERE),
    pack(SOMEWHERE, "headache", "7"),
    pack(SOMEWHERE, "", "!boom"),
    "d:" + "A" * 22 + ":headache:7:8:9",
]


@pytest.mark.parametrize("step", [as_a_stranger, at_the_place, at_a_scale])
async def test_a_forged_button_changes_nothing_and_is_answered(
    house: House, sam: Person, step: Step
) -> None:
    await step(sam)
    before = await house.kept()
    for data in FORGED:
        await sam.says("/help")
        card = await sam.sees("help-text")
        await presses_raw(sam, data, card.message_id)
        await sam.sees(ANYTHING)
        await house.quiet()
    assert await house.kept() == before


async def presses_raw(person: Person, data: str, message_id: int) -> None:
    query = {
        "id": str(person.fresh_update_id()),
        "from": person.raw(None)["from"],
        "message": {**person.raw("a card"), "message_id": message_id},
        "chat_instance": "1",
        "data": data,
    }
    await person.house.update(update_id=person.fresh_update_id(), callback_query=query)


OWN_BUT_WRONG = ["99", "-1", "nan", "1e308", "7.5", "", "!boom", "x" * 16, "null"]


@pytest.mark.parametrize("value", OWN_BUT_WRONG)
async def test_a_forged_value_in_ones_own_check_in_is_not_kept(
    house: House, joined: Person, value: str
) -> None:
    await joined.says("/checkin")
    card = await joined.sees("ask-headache")
    data = (card.buttons["7"] or "").removesuffix("7") + value
    await joined.presses(data, on=card)
    await joined.sees(ANYTHING)
    assert (await house.kept())["answer"] == 0
    await joined.taps("7", on=card)
    await joined.sees("ask-sleep")


async def test_a_question_that_this_check_in_does_not_have_is_asked_for_in_vain(
    house: House, joined: Person
) -> None:
    await joined.says("/checkin")
    card = await joined.sees("ask-headache")
    await joined.presses((card.buttons["7"] or "").replace("headache", "no_such"), on=card)
    await joined.sees_nothing_new()  # the same question, in the same words
    assert (await house.kept())["answer"] == 0


@ON_BOTH
async def test_a_button_with_somebody_elses_check_in_has_no_effect(
    house: House, joined: Person
) -> None:
    await joined.checks_in("sleep")
    theirs = await joined.last()
    eve = await house.person("Sam")  # of the same name
    await eve.joins()
    before = await house.rows(tables.dialog), await house.rows(tables.answer)
    for label in ("6", "Skip", "Back", "Stop here"):
        await eve.presses(theirs.buttons[label] or "", on=await eve.last())
        await eve.sees_toast("toast-over")
        await house.quiet()
    assert (await house.rows(tables.dialog), await house.rows(tables.answer)) == before
    await joined.sees_nothing_new()

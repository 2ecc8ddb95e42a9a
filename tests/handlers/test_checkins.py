import asyncio

import pytest

from bot.storage import tables
from tests.chat import Card, Person
from tests.conftest import ON_BOTH
from tests.house import House

ANSWERS = {"headache": "7", "sleep": "6", "mood": "mood-4", "craving": "4", "note": "label-skip"}
QUESTIONS = list(ANSWERS)


async def answered_upto(person: Person, question: str) -> Card:
    """Ask for a check-in and answer all that comes before a question."""
    await person.says("/checkin")
    for each in QUESTIONS[: QUESTIONS.index(question)]:
        await person.sees(f"ask-{each}")
        await person.taps(ANSWERS[each])
    return await person.sees(f"ask-{question}")


@ON_BOTH
async def test_a_scheduled_check_in_is_answered_in_one_message(
    house: House, joined: Person
) -> None:
    await house.tomorrow_at("08:00")
    offer = await joined.sees_only("checkin-offer")
    await joined.taps("label-begin")
    for question, answer in ANSWERS.items():
        card = await joined.sees(f"ask-{question}")
        assert card.message_id == offer.message_id
        await joined.taps(answer)
    closed = await joined.sees_only("checkin-done", "Head: 7 of 10", "Hours of sleep: 6")
    assert closed.says("Mood: Good")
    assert closed.says("answer-unknown-note")
    assert closed.message_id == offer.message_id
    assert closed.edited


async def test_skip_back_and_stop_here(house: House, joined: Person) -> None:
    await joined.says("/checkin")
    await joined.sees("ask-headache")
    await joined.taps("7")
    await joined.sees("ask-sleep")
    await joined.taps("label-back")
    await joined.sees("ask-headache")
    await joined.taps("3")
    await joined.sees("ask-sleep")
    await joined.taps("label-skip")
    await joined.sees("ask-mood")
    await joined.taps("label-stop-here")
    closed = await joined.sees_only("checkin-stopped", "Head: 3 of 10", "answer-unknown-sleep")
    assert closed.says("answer-unknown-mood")
    assert await house.answers("headache") == ["3"]


async def test_a_skip_takes_an_earlier_answer_back(house: House, joined: Person) -> None:
    await joined.says("/checkin")
    await joined.sees("ask-headache")
    await joined.taps("7")
    await joined.sees("ask-sleep")
    await joined.taps("label-back")
    await joined.sees("ask-headache")
    await joined.taps("label-skip")
    await joined.sees("ask-sleep")
    assert await house.answers("headache") == []


@ON_BOTH
async def test_answers_may_be_typed(house: House, joined: Person) -> None:
    await joined.says("/checkin")
    await joined.sees("ask-headache")
    await joined.says("eleven")
    await joined.sees("reason-not-understood")
    await joined.says("11")
    await joined.sees("reason-out-of-range", "from 0 to 10")
    await joined.says("٧")
    await joined.sees("ask-sleep")
    await joined.says("6:30")
    await joined.sees("ask-mood")
    await joined.says("so so")
    await joined.sees("reason-not-text")
    await joined.says("2")  # a number of a scale that nobody was shown
    await joined.sees("reason-not-text")
    await joined.says("Low")
    await joined.sees("ask-craving")
    await joined.says("4/10")
    await joined.sees("ask-note")
    await joined.says("  It <b>rained</b> & I slept…  ")
    await joined.sees_only("checkin-done", "Note: It <b>rained</b> & I slept…")
    assert await house.answers("note") == ["It <b>rained</b> & I slept…"]
    assert await house.answers("sleep") == ["6.5"]
    assert await house.answers("mood") == ["low"]


async def test_after_typed_words_the_next_question_stands_below_them(joined: Person) -> None:
    await joined.says("/checkin")
    first = await joined.sees("ask-headache")
    await joined.says("7")
    second = await joined.sees("ask-sleep")
    assert second.message_id > first.message_id
    await joined.taps("label-skip")
    assert (await joined.sees("ask-mood")).message_id == second.message_id


async def test_not_now_leaves_the_offer_standing(house: House, joined: Person) -> None:
    await house.tomorrow_at("08:00")
    offer = await joined.sees("checkin-offer")
    await joined.taps("label-later")
    await joined.sees("later-ok")
    await joined.taps("label-begin", on=offer)
    await joined.sees("ask-headache")


async def test_words_before_begin_are_not_taken_for_an_answer(house: House, joined: Person) -> None:
    await house.tomorrow_at("08:00")
    await joined.sees("checkin-offer")
    await joined.says("7")
    await joined.sees_only("unknown-text")
    assert (await house.kept())["answer"] == 0


@ON_BOTH
@pytest.mark.parametrize("question", ["headache", "mood", "note"])
async def test_a_half_finished_check_in_survives_a_restart(
    house: House, joined: Person, question: str
) -> None:
    await answered_upto(joined, question)
    await house.quiet()
    await house.restart()
    await joined.taps(ANSWERS[question])
    for each in QUESTIONS[QUESTIONS.index(question) + 1 :]:
        await joined.sees(f"ask-{each}")
        await joined.taps(ANSWERS[each])
    await joined.sees_only("checkin-done", "Head: 7 of 10", "Mood: Good")
    assert (await house.kept())["answer"] == 4


@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_button_pressed_twice_late_and_after_a_restart_counts_once(
    house: House, joined: Person, question: str
) -> None:
    card = await answered_upto(joined, question)
    await joined.taps(ANSWERS[question], on=card)
    await joined.taps(ANSWERS[question], on=card)
    await house.quiet()
    after_two = await joined.last(), await rows_of_answers(house)
    await house.later(hours=10)
    await joined.taps(ANSWERS[question], on=card)
    await house.quiet()
    await house.restart()
    await joined.taps(ANSWERS[question], on=card)
    await house.quiet()
    assert (await joined.last(), await rows_of_answers(house)) == after_two


async def rows_of_answers(house: House) -> list[tuple[str, bytes]]:
    return [(row.question, row.value_sealed) for row in await house.rows(tables.answer)]


@pytest.mark.parametrize("label", ["label-skip", "label-back", "label-stop-here"])
async def test_a_way_out_pressed_twice_has_one_effect(
    house: House, joined: Person, label: str
) -> None:
    card = await answered_upto(joined, "mood")
    await joined.taps(label, on=card)
    await house.quiet()
    once = await joined.last(), await house.kept()
    await joined.taps(label, on=card)
    await house.quiet()
    assert (await joined.last(), await house.kept()) == once


@ON_BOTH
async def test_two_devices_that_answer_at_once_give_one_answer(
    house: House, joined: Person
) -> None:
    await joined.says("/checkin")
    card = await joined.sees("ask-headache")
    await asyncio.gather(joined.taps("7", on=card), joined.taps("2", on=card))
    await joined.sees_only("ask-sleep")
    assert await house.answers("headache") in (["7"], ["2"])


async def test_a_finished_check_in_answers_kindly(house: House, joined: Person) -> None:
    card = await answered_upto(joined, "headache")
    await joined.taps("label-stop-here")
    await joined.sees("checkin-stopped")
    await joined.taps("9", on=card)
    await joined.sees_toast("toast-over")
    await house.quiet()
    assert (await joined.last()).says("checkin-stopped")
    assert await house.answers("headache") == []


async def test_a_check_in_that_ran_out_answers_kindly(house: House, sam: Person) -> None:
    await sam.joins(wall="label-none-time")
    card = await answered_upto(sam, "sleep")
    await house.quiet()
    await house.close()
    await house.later(hours=25)
    await house.open()
    await house.until_count(1, tables.dialog, tables.dialog.c.status == "expired")
    await sam.taps("6", on=card)
    await sam.sees_only("checkin-expired")
    assert await house.answers("sleep") == []
    assert await house.answers("headache") == ["7"]
    await sam.taps("label-check-in")
    await sam.sees("ask-headache")


@ON_BOTH
async def test_a_new_check_in_closes_the_old_one(house: House, joined: Person) -> None:
    old = await answered_upto(joined, "sleep")
    await house.tomorrow_at("08:00")
    await joined.sees_only("checkin-offer")
    await joined.taps("6", on=old)
    await joined.sees_only("checkin-expired")
    assert await house.answers("sleep") == []
    await joined.taps("label-begin")
    await joined.sees("ask-headache")


async def test_several_check_ins_a_day_are_kept_apart(house: House, joined: Person) -> None:
    for pain in ("2", "5", "9"):
        await joined.says("/checkin")
        await joined.sees("ask-headache")
        await joined.taps(pain)
        await joined.sees("ask-sleep")
        await joined.taps("label-stop-here")
        await joined.sees("checkin-stopped")
    await joined.says("/today")
    await joined.sees_only("Head: 2 of 10", "Head: 5 of 10", "Head: 9 of 10")


async def test_today_shows_what_is_not_known_as_not_known(joined: Person) -> None:
    await joined.says("/today")
    await joined.sees_only("today-empty", "Wednesday 25 November")
    await answered_upto(joined, "sleep")
    await joined.says("/today")
    card = await joined.sees("Head: 7 of 10", "answer-unknown-sleep", "answer-unknown-mood")
    assert card.says("answer-unknown-craving")
    assert card.says("answer-unknown-note")


async def test_a_day_ends_at_four_in_the_morning(house: House, joined: Person) -> None:
    await house.today_at("23:30")
    await joined.writes_note("before midnight")
    await house.tomorrow_at("03:58")
    await joined.says("/today")
    await joined.sees_only("before midnight", "Wednesday 25 November")
    await joined.writes_note("still the same night")
    await joined.says("/today")
    await joined.sees("before midnight", "still the same night")
    await house.today_at("04:00")
    await joined.says("/today")
    await joined.sees_only("today-empty", "Thursday 26 November")


@ON_BOTH
async def test_a_changed_note_changes_what_is_kept(house: House, joined: Person) -> None:
    await joined.writes_note("I slept badley")
    await joined.edits("I slept badly")
    await joined.sees_only("note-changed")
    assert await house.answers("note") == ["I slept badly"]
    await joined.says("/today")
    await joined.sees("Note: I slept badly")


async def test_a_typed_number_that_is_changed_is_read_again(house: House, joined: Person) -> None:
    await joined.says("/checkin")
    await joined.sees("ask-headache")
    await joined.says("7")
    await joined.sees("ask-sleep")
    await joined.edits("8/10")
    await joined.sees("note-changed")
    assert await house.answers("headache") == ["8"]
    await joined.edits("a lot")
    await joined.sees("reason-not-understood")
    assert await house.answers("headache") == ["8"]


async def test_a_changed_message_that_answered_nothing_changes_nothing(
    house: House, joined: Person
) -> None:
    await joined.says("hello")
    await joined.sees("unknown-text")
    await joined.edits("hello again")
    await joined.sees_nothing_new()
    await joined.edits("/stop")
    await joined.sees_nothing_new()
    assert (await house.kept())["answer"] == 0


async def test_the_begin_button_of_somebody_elses_check_in_does_nothing(
    house: House, joined: Person
) -> None:
    card = await answered_upto(joined, "sleep")
    eve = await house.person("Eve")
    await eve.joins(wall="label-none-time")
    await eve.presses(card.buttons["6"] or "", on=await eve.last())
    await eve.sees_only("checkin-over")
    assert await house.answers("sleep") == []
    await joined.sees_nothing_new()

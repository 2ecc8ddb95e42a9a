"""Conversations: one step at a time, every tap harmless, every road ends."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.conversations import (
    Answer,
    Ask,
    Back,
    Begin,
    Dialog,
    Event,
    Expire,
    Finish,
    Kind,
    Option,
    Question,
    Reason,
    Refuse,
    Save,
    Script,
    Skip,
    Status,
    Stop,
    Typed,
    advance,
    new_dialog,
)

YES_NO = (Option("yes", "yes"), Option("no", "no"))
URGE = Question("urge", Kind.SCALE, "ask-urge", minimum=0, maximum=10)
MOOD = Question("mood", Kind.CHOICE, "ask-mood", (Option("Good", "g"), Option("low", "l")))
SLEEP = Question("sleep", Kind.HOURS, "ask-sleep", minimum=0, maximum=24)
NOTE = Question("note", Kind.TEXT, "ask-note", max_chars=10)
TOWN = Question("town", Kind.PLACE, "ask-town", skippable=False)
WHEN = Question("when", Kind.TIME, "ask-when")
SURE = Question("sure", Kind.CONFIRM, "ask-sure", YES_NO)
ALL = (URGE, MOOD, SLEEP, NOTE, TOWN, WHEN, SURE)
SCRIPT = Script("checkin", 3, ALL, "card", "thanks", 12)
GOOD = {"urge": "7", "mood": "low", "sleep": "6.5", "note": "ok", "town": "Ulm", "when": "07:30"}


def at(question: Question, version: int = 3) -> Dialog:
    return Dialog(Status.OPEN, question.id, version)


def test_a_script_with_a_card_waits_for_begin() -> None:
    assert new_dialog(SCRIPT) == Dialog(Status.OFFERED, None, 3)
    assert advance(new_dialog(SCRIPT), Begin(), SCRIPT) == (at(URGE), (Ask("urge"),))


def test_a_script_without_a_card_asks_at_once() -> None:
    assert new_dialog(Script("short", 1, (NOTE,), None, "thanks", 1)) == at(NOTE, version=1)


def test_a_card_takes_no_text_and_no_answer() -> None:
    offered = new_dialog(SCRIPT)
    assert advance(offered, Typed("7"), SCRIPT) == (offered, (Refuse(Reason.NOT_TEXT),))
    for early in (Answer("urge", "7"), Skip("urge"), Back("urge")):
        assert advance(offered, early, SCRIPT) == (offered, (Refuse(Reason.NOT_NOW),))


def test_an_answer_is_saved_and_the_next_question_asked() -> None:
    assert advance(at(URGE), Answer("urge", "7"), SCRIPT) == (
        at(MOOD),
        (Save("urge", "7"), Ask("mood")),
    )


def test_the_last_answer_ends_the_dialog() -> None:
    assert advance(at(SURE), Answer("sure", "yes"), SCRIPT) == (
        Dialog(Status.DONE, None, 3),
        (Save("sure", "yes"), Finish(Status.DONE)),
    )


def test_the_whole_script_can_be_answered() -> None:
    dialog, _ = advance(new_dialog(SCRIPT), Begin(), SCRIPT)
    saved: dict[str, str] = {}
    for question in ALL:
        dialog, effects = advance(dialog, Typed(GOOD.get(question.id, "YES")), SCRIPT)
        saved |= {effect.question: effect.value for effect in effects if isinstance(effect, Save)}
    assert dialog.status is Status.DONE
    assert saved == {**GOOD, "sure": "yes"}


@pytest.mark.parametrize("late", [Answer("urge", "3"), Skip("urge"), Back("urge"), Begin()])
def test_a_button_that_is_not_current_only_asks_the_current_question_again(late: Event) -> None:
    assert advance(at(SLEEP), late, SCRIPT) == (at(SLEEP), (Ask("sleep"),))


@pytest.mark.parametrize("status", [Status.DONE, Status.STOPPED, Status.EXPIRED])
def test_after_the_end_everything_is_over(status: Status) -> None:
    ended = Dialog(status, None, 3)
    for event in (Begin(), Answer("urge", "7"), Typed("7"), Skip("urge"), Back("urge"), Stop()):
        assert advance(ended, event, SCRIPT) == (ended, (Refuse(Reason.OVER),))
    assert advance(ended, Expire(), SCRIPT) == (ended, ())


@pytest.mark.parametrize("dialog", [new_dialog(SCRIPT), at(URGE), Dialog(Status.OPEN, "gone", 1)])
def test_stop_and_expiry_end_whatever_is_open(dialog: Dialog) -> None:
    for event, status in ((Stop(), Status.STOPPED), (Expire(), Status.EXPIRED)):
        after, effects = advance(dialog, event, SCRIPT)
        assert (after.status, after.step, effects) == (status, None, (Finish(status),))


def test_a_step_that_a_newer_script_no_longer_has_is_over() -> None:
    gone = Dialog(Status.OPEN, "gone", 2)
    for event in (Begin(), Answer("gone", "7"), Typed("7"), Skip("gone"), Back("gone")):
        assert advance(gone, event, SCRIPT) == (gone, (Refuse(Reason.OVER),))


def test_an_older_script_version_goes_on_where_its_step_still_exists() -> None:
    after, _ = advance(at(URGE, version=1), Answer("urge", "7"), SCRIPT)
    assert after == at(MOOD, version=1)


def test_skip_goes_on_without_saving() -> None:
    assert advance(at(URGE), Skip("urge"), SCRIPT) == (at(MOOD), (Ask("mood"),))
    assert advance(at(SURE), Skip("sure"), SCRIPT)[1] == (Finish(Status.DONE),)


def test_a_question_that_must_be_answered_is_asked_again_on_skip() -> None:
    assert advance(at(TOWN), Skip("town"), SCRIPT) == (at(TOWN), (Ask("town"),))


def test_back_asks_the_question_before_and_stays_at_the_first() -> None:
    assert advance(at(MOOD), Back("mood"), SCRIPT) == (at(URGE), (Ask("urge"),))
    assert advance(at(URGE), Back("urge"), SCRIPT) == (at(URGE), (Ask("urge"),))


SCRIPTS = st.builds(
    lambda questions, card: Script("any", 1, tuple(questions), card, "thanks", 12),
    st.lists(st.sampled_from(ALL), min_size=1, unique_by=lambda question: question.id),
    st.sampled_from([None, "card"]),
)
IDS = st.sampled_from([*(question.id for question in ALL), "gone", ""])
WORDS = st.one_of(st.text(), st.sampled_from([*GOOD.values(), "yes", "3-4", "½", "9" * 5000]))
ONWARD: st.SearchStrategy[Event] = st.one_of(
    st.builds(Answer, IDS, WORDS), st.builds(Typed, WORDS), st.builds(Skip, IDS)
)
EVENTS = st.one_of(
    ONWARD, st.builds(Back, IDS), st.just(Begin()), st.just(Stop()), st.just(Expire())
)


@given(SCRIPTS, st.lists(EVENTS, max_size=40))
def test_any_events_leave_a_dialog_that_makes_sense(script: Script, events: list[Event]) -> None:
    dialog = new_dialog(script)
    for event in events:
        was_over = dialog.status.is_over
        dialog, effects = advance(dialog, event, script)
        assert (dialog.step is not None) == (dialog.status is Status.OPEN)
        assert effects or isinstance(event, Expire)
        assert (Finish(dialog.status) in effects) == (dialog.status.is_over and not was_over)


@given(SCRIPTS, st.lists(ONWARD, max_size=60))
def test_without_going_back_a_question_is_saved_at_most_once(
    script: Script, events: list[Event]
) -> None:
    dialog, _ = advance(new_dialog(script), Begin(), script)
    saved: Counter[str] = Counter()
    for event in events:
        dialog, effects = advance(dialog, event, script)
        saved.update(effect.question for effect in effects if isinstance(effect, Save))
    assert all(count == 1 for count in saved.values())


@given(SCRIPTS, st.lists(EVENTS, max_size=20))
def test_from_anywhere_one_good_answer_a_question_ends_it(
    script: Script, events: list[Event]
) -> None:
    dialog = new_dialog(script)
    for event in events:
        dialog, _ = advance(dialog, event, script)
    dialog, _ = advance(dialog, Begin(), script)
    for _ in script.questions:
        step = dialog.step or ""
        dialog, _ = advance(dialog, Answer(step, GOOD.get(step, "yes")), script)
    assert dialog.status.is_over


@given(SCRIPTS, st.lists(EVENTS, max_size=20), EVENTS)
def test_the_same_button_twice_has_one_effect(
    script: Script, events: list[Event], event: Event
) -> None:
    dialog = new_dialog(script)
    for earlier in events:
        dialog, _ = advance(dialog, earlier, script)
    if not isinstance(event, Typed):  # words carry no question; the inbox keeps them from doubling
        once, _ = advance(dialog, event, script)
        twice, effects = advance(once, event, script)
        assert twice == once
        assert not any(isinstance(effect, Save | Finish) for effect in effects)

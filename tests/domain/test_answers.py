"""Answers: what is typed or tapped is read kindly, kept in one form, or refused with a reason."""

import pytest

from bot.domain.conversations import (
    Answer,
    Dialog,
    Effect,
    Kind,
    Option,
    Question,
    Reason,
    Refuse,
    Save,
    Script,
    Status,
    Typed,
    advance,
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


def at(question: Question, version: int = 3) -> Dialog:
    return Dialog(Status.OPEN, question.id, version)


def typed(question: Question, text: str) -> Effect:
    after, effects = advance(at(question), Typed(text), SCRIPT)
    assert isinstance(effects[0], Save) == (after != at(question))
    return effects[0]


@pytest.mark.parametrize(
    ("text", "points"),
    [
        *[("7", "7"), (" 7 ", "7"), ("7/10", "7"), ("7 / 10", "7"), ("7.0", "7"), ("7,0", "7")],
        *[("٧", "7"), ("７", "7"), ("+7", "7"), ("007", "7"), ("-0", "0"), ("10/10", "10")],
    ],
)
def test_points_are_read_kindly(text: str, points: str) -> None:
    assert typed(URGE, text) == Save("urge", points)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        *[("7", "7"), ("7,5", "7.5"), ("6.5 h", "6.5"), ("6h", "6"), ("½", "0.5"), ("6½", "6.5")],
        *[("6:30", "6.5"), ("6h30", "6.5"), ("6h 20 min", "6.3"), ("8 Stunden", "8")],
        *[("7.25", "7.3"), (".5", "0.5"), ("-0", "0"), ("24", "24"), ("23.96", "24")],
        *[("10", "10"), ("٦٫٥", "6.5")],
    ],
)
def test_hours_are_read_kindly_with_one_decimal(text: str, hours: str) -> None:
    assert typed(SLEEP, text) == Save("sleep", hours)


@pytest.mark.parametrize("question", [URGE, SLEEP])
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        *[(text, Reason.OUT_OF_RANGE) for text in ("-1", "\u22121", "25", "9" * 39)],
        *[(text, Reason.NOT_UNDERSTOOD) for text in ("1e308", "NaN", "inf", "9" * 5000, "", " ")],
        *[(text, Reason.NOT_UNDERSTOOD) for text in ("3-4", "3–4", "seven", "7²", ".", "-", "7/5")],
        *[(text, Reason.NOT_UNDERSTOOD) for text in ("0x7", "7;", "1.5½", "7/10/10", "h", "Ⅶ")],
    ],
)
def test_odd_numbers_are_refused(question: Question, text: str, reason: Reason) -> None:
    assert typed(question, text) == Refuse(reason)


def test_half_a_point_is_not_understood() -> None:
    assert typed(URGE, "7,5") == Refuse(Reason.NOT_UNDERSTOOD)


def test_hours_beyond_the_day_are_out_of_range_before_rounding() -> None:
    assert typed(SLEEP, "24.04") == Refuse(Reason.OUT_OF_RANGE)
    assert typed(SLEEP, "24:01") == Refuse(Reason.OUT_OF_RANGE)


@pytest.mark.parametrize("value", ["11", "-1", "x", "", "9" * 5000])
def test_a_forged_button_value_is_refused(value: str) -> None:
    after, effects = advance(at(URGE), Answer("urge", value), SCRIPT)
    assert after == at(URGE)
    assert isinstance(effects[0], Refuse)
    assert advance(at(MOOD), Answer("mood", value), SCRIPT)[1] == (Refuse(Reason.NOT_UNDERSTOOD),)


def test_a_choice_takes_its_own_value_typed_and_no_other_text() -> None:
    assert typed(MOOD, " gOOD ") == Save("mood", "Good")
    assert typed(MOOD, "fine") == Refuse(Reason.NOT_TEXT)
    assert typed(SURE, "Yes") == Save("sure", "yes")
    assert advance(at(MOOD), Answer("mood", "good"), SCRIPT)[1] == (Refuse(Reason.NOT_UNDERSTOOD),)


@pytest.mark.parametrize(
    "text", ["a\n\n b", "ﬁ ½ ７", "e\u0301", "<b>&", "👩‍👧", "a\u200b", "null"]
)
def test_words_are_kept_exactly(text: str) -> None:
    assert typed(NOTE, f" \n{text}\t ") == Save("note", text)


def test_what_cannot_be_stored_is_left_out_of_the_words() -> None:
    assert typed(NOTE, "a\x00b\ud800c") == Save("note", "abc")


@pytest.mark.parametrize("question", [NOTE, TOWN])
@pytest.mark.parametrize(
    "text", ["", "  ", "\u200b", "\u2060\ufeff", "\u3164", "\u2800 \u115f", "\x00", "\u0301\ufe0f"]
)
def test_words_that_cannot_be_seen_are_not_understood(question: Question, text: str) -> None:
    assert typed(question, text) == Refuse(Reason.NOT_UNDERSTOOD)


def test_too_many_characters_are_too_long() -> None:
    assert typed(NOTE, "a" * 10) == Save("note", "a" * 10)
    assert typed(NOTE, "a" * 11) == Refuse(Reason.TOO_LONG)
    assert typed(TOWN, "a" * 100) == Save("town", "a" * 100)
    assert typed(TOWN, "a" * 101) == Refuse(Reason.TOO_LONG)


def test_a_time_is_saved_as_the_clock_shows_it() -> None:
    assert typed(WHEN, "7:30 pm") == Save("when", "19:30")
    assert typed(WHEN, "24:00") == Refuse(Reason.NOT_UNDERSTOOD)
    assert advance(at(WHEN), Answer("when", "0730"), SCRIPT)[1][0] == Save("when", "07:30")

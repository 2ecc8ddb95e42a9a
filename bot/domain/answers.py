"""Whether words or a button answer a question, and the value that is kept."""

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from bot.domain.schedules import WallTime
from bot.domain.scripts import Kind, Question
from bot.domain.typed import LONGEST_NUMBER, is_visible, plain, read_number, storable

LONGEST_PLACE = 100  # characters; the longest town name known has 85
_TENTH = Decimal("0.1")
_OUT_OF = re.compile(r"(\S+) ?/ ?(\S+)")
_CLOCK_SPAN = re.compile(r"(\d{1,6}) ?[:h] ?([0-5]?\d) ?(?:min|m)?", re.ASCII)
_HOUR_UNIT = re.compile(r" ?(?:h|hrs?|hours?|std|stunden?)\.?$")


class Reason(StrEnum):
    """Why an event was not taken."""

    OVER = "over"
    NOT_NOW = "not_now"
    NOT_UNDERSTOOD = "not_understood"
    OUT_OF_RANGE = "out_of_range"
    TOO_LONG = "too_long"
    NOT_TEXT = "not_text"


def read_answer(question: Question, text: str, *, typed: bool) -> str | Reason:
    """The value to keep, or the reason why the text does not answer the question. Never raises.

    Scale gives a whole number ("7"), hours at most one decimal ("6.5"), time "HH:MM", choice and
    confirmation an option's value, text and place what was typed without its outer whitespace.
    """
    if question.kind in (Kind.CHOICE, Kind.CONFIRM):
        return _option(question, text, typed=typed)
    return _READERS[question.kind](question, text)


def _option(question: Question, text: str, *, typed: bool) -> str | Reason:
    wanted = text.strip().casefold() if typed else text
    for option in question.options:
        if wanted == (option.value.casefold() if typed else option.value):
            return option.value
    return Reason.NOT_TEXT if typed else Reason.NOT_UNDERSTOOD


def _points(question: Question, text: str) -> str | Reason:
    words = _short(text)
    share = _OUT_OF.fullmatch(words)
    if share and read_number(share[2]) == question.bounds[1]:  # "7/10" on a scale up to 10
        words = share[1]
    points = read_number(words)
    if points is None or points != points.to_integral_value():
        return Reason.NOT_UNDERSTOOD
    return str(int(points)) if _in_range(question, points) else Reason.OUT_OF_RANGE


def _hours(question: Question, text: str) -> str | Reason:
    words = _short(text)
    clock = _CLOCK_SPAN.fullmatch(words)
    if clock:  # "6:30" and "6h30" are six and a half hours
        hours: Decimal | None = int(clock[1]) + Decimal(int(clock[2])) / 60
    else:
        hours = read_number(_HOUR_UNIT.sub("", words))
    if hours is None:
        return Reason.NOT_UNDERSTOOD
    if not _in_range(question, hours):
        return Reason.OUT_OF_RANGE
    tenths = abs(hours).quantize(_TENTH, ROUND_HALF_UP)
    return f"{tenths}".removesuffix(".0")


def _in_range(question: Question, number: Decimal) -> bool:
    low, high = question.bounds
    return low <= number <= high


def _short(text: str) -> str:
    return plain(text) if len(text) <= LONGEST_NUMBER else ""


def _text(question: Question, text: str) -> str | Reason:
    return _visible(text, question.max_chars)


def _place(question: Question, text: str) -> str | Reason:
    return _visible(text, min(question.max_chars, LONGEST_PLACE))


def _visible(text: str, max_chars: int) -> str | Reason:
    kept = storable(text)
    if not is_visible(kept):
        return Reason.NOT_UNDERSTOOD
    return kept if len(kept) <= max_chars else Reason.TOO_LONG


def _time(question: Question, text: str) -> str | Reason:
    # A button may also mean no time at all, such as `none`: its own value is then kept.
    chosen = next((each.value for each in question.options if each.value == text), None)
    if chosen is not None and WallTime.parse(chosen) is None:
        return chosen
    wall = WallTime.parse(text)
    return Reason.NOT_UNDERSTOOD if wall is None else str(wall)


_READERS: dict[Kind, Callable[[Question, str], str | Reason]] = {
    Kind.SCALE: _points,
    Kind.HOURS: _hours,
    Kind.TEXT: _text,
    Kind.PLACE: _place,
    Kind.TIME: _time,
}

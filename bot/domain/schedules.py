"""When something is due: a wall time, weekdays and an IANA zone become moments in UTC."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Self
from zoneinfo import ZoneInfo, available_timezones

from bot.domain.typed import plain

EVERY_DAY = 127  # Monday is bit 0, Sunday is bit 6
LATE_AFTER = timedelta(minutes=60)  # a nudge later than this is dropped, see the guarantees

_ONE_DAY = timedelta(days=1)
_LONGEST_TIME = 24  # characters
_NOT_PLACES = frozenset({"Factory", "localtime", "posixrules"})  # zone files that name no place
_CLOCK = re.compile(r"(\d{1,2})(?: ?[:.h]? ?(\d{2}))? ?(?:h|uhr)? ?(?:([ap])\.? ?m?\.?)?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class WallTime:
    """What a clock on the wall shows: hour 0-23, minute 0-59. ValueError outside."""

    hour: int
    minute: int = 0

    def __post_init__(self) -> None:
        if not (0 <= self.hour <= 23 and 0 <= self.minute <= 59):
            raise ValueError("a wall time lies between 00:00 and 23:59")

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The wall time in `7`, `19.30`, `0730`, `7:30 pm`, digits of any script; or None."""
        found = _CLOCK.fullmatch(plain(text)) if len(text) <= _LONGEST_TIME else None
        if found is None:
            return None
        hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
        if half and not 1 <= hour <= 12:
            return None
        if half:
            hour = hour % 12 + (12 if half == "p" else 0)
        return cls(hour, minute) if hour <= 23 and minute <= 59 else None

    @classmethod
    def from_minutes(cls, minutes: int) -> Self:
        """The wall time so many minutes after midnight, 0-1439. ValueError outside."""
        return cls(*divmod(minutes, 60))

    @property
    def minutes(self) -> int:
        """Minutes after midnight, 0-1439."""
        return self.hour * 60 + self.minute

    def __str__(self) -> str:
        return f"{self.hour:02}:{self.minute:02}"


DAY_ENDS = WallTime(4)


def next_due(wall: WallTime, weekdays: int, zone: str, after: datetime) -> datetime | None:
    """The first moment strictly later than `after` at which the wall time is due, aware UTC.

    `weekdays` is a bit mask, Monday = 1; None for no weekday. A wall time that a clock change
    leaves out moves forward by the gap (02:30 becomes 03:30); of one that comes twice, the first
    counts. A calendar day that a zone leaves out falls on the next one, without a second moment.
    ValueError for a mask outside 0-127 or a naive `after`; KeyError or ValueError for no zone.
    """
    if not 0 <= weekdays <= EVERY_DAY:
        raise ValueError("weekdays are a bit mask from 0 to 127")
    if not weekdays:
        return None
    resolve = _resolver(wall, zone)
    # Yesterday's slot may still lie ahead: Nuuk's gap is 23:00-24:00 and moves 23:30 past midnight.
    day = _local(after, zone).date() - _ONE_DAY
    while True:
        if weekdays >> day.weekday() & 1:
            due = resolve(day)
            if due > after:
                return due
        day += _ONE_DAY


def occurrence_day(due_at: datetime, zone: str, wall: WallTime | None = None) -> date:
    """The local calendar day of a due moment, the stable key of its slot.

    With the schedule's own wall time the key is right even where a gap pushed the slot past
    midnight (Nuuk, 23:30): it is then the day the slot was meant for. ValueError if naive.
    """
    day = _local(due_at, zone).date()
    if wall is None:
        return day
    resolve = _resolver(wall, zone)
    before = day - _ONE_DAY
    return before if resolve(day) != due_at and resolve(before) == due_at else day


def local_day(at: datetime, zone: str, day_ends: WallTime = DAY_ENDS) -> date:
    """The day a person would name: before `day_ends` on their clock it is still the day before.

    ValueError for a naive moment.
    """
    local = _local(at, zone)
    early = (local.hour, local.minute) < (day_ends.hour, day_ends.minute)
    return local.date() - _ONE_DAY if early else local.date()


def is_late(due_at: datetime, now: datetime) -> bool:
    """Whether more than 60 minutes have passed since the due moment; both aware."""
    return now - due_at > LATE_AFTER


def zone_exists(name: str) -> bool:
    """Whether the name is an IANA zone a person can live in; exact spelling, no paths."""
    return name in _zone_names()


def _resolver(wall: WallTime, zone: str) -> Callable[[date], datetime]:
    """Turns a local day into the UTC moment of the wall time on it."""
    at, tz, combine = time(wall.hour, wall.minute), _zone(zone), datetime.combine
    # fold=0 is the first of two, and inside a gap keeps the offset from before: moved forward.
    return lambda day: combine(day, at, tz).astimezone(UTC)


def _local(at: datetime, zone: str) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a moment is an aware datetime")
    return at.astimezone(_zone(zone))


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    """The zone's rules; ZoneInfo itself keeps only the last eight alive, a batch has more."""
    return ZoneInfo(name)


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones()) - _NOT_PLACES

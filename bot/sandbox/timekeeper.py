"""The sandbox's clock, and how it is moved: by a span, to a moment, to "next sunday 18:00"."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.clock import MovableClock
from bot.sandbox.bell import Bell

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WISH = re.compile(r"(today|tomorrow|next (?:" + "|".join(WEEKDAYS) + r")) (\d{1,2}):(\d{2})")


def resolve(wish: str, zone_name: str, now: datetime) -> datetime:
    """The moment meant by "tomorrow 08:00" or "next sunday 18:00" in a zone, aware UTC.

    "next sunday" is the first Sunday after today. ValueError if the words or the zone are unknown.
    """
    found = _WISH.fullmatch(wish.strip())
    if found is None:
        raise ValueError('"at" is "today|tomorrow|next <weekday> HH:MM", in lower case')
    try:
        zone = ZoneInfo(zone_name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"no such time zone: {zone_name}") from error
    day, hour, minute = found.groups()
    today = now.astimezone(zone).date()
    on = today + timedelta(days=_days_ahead(day, today.weekday()))
    return datetime.combine(on, time(int(hour), int(minute)), zone).astimezone(UTC)


def _days_ahead(day: str, weekday: int) -> int:
    if day == "today":
        return 0
    if day == "tomorrow":
        return 1
    wanted = WEEKDAYS.index(day.removeprefix("next "))
    return (wanted - weekday - 1) % 7 + 1


class Timekeeper:
    """Moves the clock and tells those who wait for it."""

    def __init__(self, clock: MovableClock) -> None:
        self._clock = clock
        self.version = 1
        self.bell = Bell()
        self.closed = False

    def now(self) -> datetime:
        """The present moment of the sandbox, aware, UTC."""
        return self._clock.now()

    def now_s(self) -> float:
        """The present moment in Unix seconds."""
        return self._clock.now().timestamp()

    def move(self, by: timedelta) -> None:
        """Move by a span; OverflowError if the calendar ends before."""
        _ = self._clock.now() + by
        self._clock.move(by)
        self._moved()

    def move_to(self, moment: datetime) -> None:
        """Move so that it is now the given aware moment."""
        self.move(moment - self._clock.now())

    def reset(self) -> None:
        """Back to the machine's time."""
        self._clock.move(-self._clock.offset)
        self._moved()

    def _moved(self) -> None:
        self.version += 1
        self.bell.ring()

    def open(self) -> None:
        """Let followers wait again, because a server starts."""
        self.closed = False

    def close(self) -> None:
        """Let those who wait go, because the server stops."""
        self.closed = True
        self.bell.ring()

    def view(self) -> dict[str, Any]:
        """The clock as /sim/clock shows it."""
        return {
            "now": self.now().isoformat(),
            "offset_s": self._clock.offset.total_seconds(),
            "version": self.version,
        }

"""The only place that reads the machine's clock."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the present moment as an aware datetime in UTC."""

    def now(self) -> datetime:
        """The present moment, aware, UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present moment, aware, UTC."""
        return datetime.now(UTC)  # noqa: TID251 - every other module asks a Clock


class MovableClock:
    """The machine's clock plus an offset that can be moved, for the sandbox and for tests."""

    def __init__(self, base: Clock | None = None) -> None:
        self._base = base or SystemClock()
        self.offset = timedelta()

    def now(self) -> datetime:
        """The present moment, aware, UTC, moved by the offset."""
        return self._base.now() + self.offset

    def move(self, by: timedelta) -> None:
        """Move by a span, forwards or backwards."""
        self.offset += by


class FrozenClock:
    """A clock that stands still until it is told to move, for tests and measurements."""

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("a clock shows aware datetimes only")
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """The moment at which it stands, aware, UTC."""
        return self._at

    def move(self, by: timedelta) -> None:
        """Move by a span, forwards or backwards."""
        self._at += by

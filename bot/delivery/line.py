"""Messages that wait for their turn: by lane, then by the time of asking."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from bot.domain.messages import Lane


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to make one request now; times by the pace keeper's own clock, in seconds."""

    lane: Lane
    chat: str
    asked_at_s: float
    granted_at_s: float

    @property
    def waited_s(self) -> float:
        """Seconds between asking and the grant."""
        return self.granted_at_s - self.asked_at_s


@dataclass(eq=False, slots=True)
class Waiter:
    """One message in a line; `rank` is its lane, then a number that grows with every asking."""

    rank: tuple[Lane, int]
    chat: str
    future: asyncio.Future[Turn | None]  # None: turned away by a hold
    asked_at_s: float
    line: "Line | None" = None

    @property
    def lane(self) -> Lane:
        """The lane of the message."""
        return self.rank[0]


class Line:
    """Waiters by lane, then by the time of asking; joining and leaving are O(log n)."""

    def __init__(self) -> None:
        self._heap: list[tuple[tuple[Lane, int], Waiter]] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Waiter]:
        return (waiter for _, waiter in self._heap if waiter.line is self)

    def join(self, waiter: Waiter) -> None:
        """Take the waiter in; it must be in no other line."""
        waiter.line = self
        self._count += 1
        heappush(self._heap, (waiter.rank, waiter))

    def leave(self, waiter: Waiter) -> None:
        """Let the waiter go from wherever it stands; it must be in this line."""
        waiter.line = None
        self._count -= 1
        if len(self._heap) > 2 * self._count + 16:  # most have gone: forget them for good
            self._heap = [entry for entry in self._heap if entry[1].line is self]
            heapify(self._heap)

    def head(self) -> Waiter:
        """The first in line; the line must not be empty."""
        while self._heap[0][1].line is not self:
            heappop(self._heap)
        return self._heap[0][1]

    def pop(self) -> Waiter:
        """Take the first out of the line; it must not be empty."""
        waiter = self.head()
        heappop(self._heap)
        waiter.line = None
        self._count -= 1
        return waiter

"""What happened in the world, for clients that follow along."""

from collections import deque
from itertools import takewhile
from typing import Any

from bot.sandbox.bell import Bell

# Clients re-read /sim/messages at a "message" event, so a lost old event costs nothing.
_KEPT = 2_000


class Events:
    """A short memory of events with rising numbers, and a bell for followers."""

    def __init__(self) -> None:
        self.seq = 0
        self.bell = Bell()
        self.closed = False
        self._recent: deque[dict[str, Any]] = deque(maxlen=_KEPT)

    def publish(self, kind: str, **details: Any) -> None:
        """Note an event and wake the followers."""
        self.seq += 1
        self._recent.append({"seq": self.seq, "type": kind, **details})
        self.bell.ring()

    def after(self, seq: int) -> list[dict[str, Any]]:
        """Events with a higher number than `seq`, oldest first, as far as they are remembered."""
        newer = list(takewhile(lambda event: event["seq"] > seq, reversed(self._recent)))
        newer.reverse()
        return newer

    def open(self) -> None:
        """Let followers wait again, because a server starts."""
        self.closed = False

    def close(self) -> None:
        """Let the followers go, because the server stops."""
        self.closed = True
        self.bell.ring()

"""What the bot asked for and what was carried out: the record that tests and load runs read."""

import time
from array import array
from collections import defaultdict
from typing import Any, NamedTuple


class Send(NamedTuple):
    """One executed send or edit; `at_s` is monotonic seconds, `date` is Unix seconds."""

    n: int
    method: str
    chat_id: int
    message_id: int
    text: str
    at_s: float
    date: int


class Ledger:
    """Executed sends and edits in order, and the arrival of every request."""

    def __init__(self) -> None:
        self._sends: list[Send] = []
        self._unanswered: set[int] = set()
        self._arrivals: defaultdict[str, array[float]] = defaultdict(lambda: array("d"))
        self._refused: defaultdict[str, int] = defaultdict(int)
        self._unknown: defaultdict[str, set[str]] = defaultdict(set)

    @property
    def count(self) -> int:
        """How many sends and edits were carried out."""
        return len(self._sends)

    def executed(self, method: str, body: dict[str, Any], date: int) -> None:
        """Write down a send or an edit that took effect."""
        text = body.get("text", body.get("caption", ""))
        self._sends.append(
            Send(
                n=len(self._sends) + 1,
                method=method,
                chat_id=body["chat"]["id"],
                message_id=body["message_id"],
                text=text,
                at_s=time.monotonic(),
                date=date,
            )
        )

    def unanswered(self, first: int) -> None:
        """Mark every send after the `first` oldest as one whose answer never arrived."""
        self._unanswered.update(range(first + 1, len(self._sends) + 1))

    def arrived(self, method: str) -> None:
        """Write down that a request for this method came in."""
        self._arrivals[method].append(time.monotonic())

    def refused(self, method: str) -> None:
        """Count a request that was answered with an error."""
        self._refused[method] += 1

    def unknown_parameters(self, method: str, names: set[str]) -> None:
        """Remember parameters that the Bot API does not know for this method."""
        self._unknown[method] |= names

    def sends(self, after: int) -> list[dict[str, Any]]:
        """Executed sends and edits with a number above `after`."""
        return [
            {**send._asdict(), "answered": send.n not in self._unanswered}
            for send in self._sends[max(after, 0) :]
        ]

    def requests(self, method: str | None) -> dict[str, Any]:
        """Counts and monotonic arrival times in seconds, of one method or of all."""
        names = [method] if method else sorted(self._arrivals)
        return {
            name: {
                "count": len(self._arrivals.get(name, ())),
                "refused": self._refused.get(name, 0),
                "unknown_parameters": sorted(self._unknown.get(name, ())),
                "at_s": list(self._arrivals.get(name, ())),
            }
            for name in names
        }

"""Button presses: their queries, how long these can be answered, and the answers shown."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.sandbox.updates import QUERY_LIFETIME_S


@dataclass(slots=True)
class Query:
    """One press; `at_s` is Unix seconds."""

    id: str
    person: int
    at_s: float
    answered: bool = False


class Callbacks:
    """Queries young enough to be answered, and the texts that answers showed."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._last_id = int(now_s()) * 1_000_000
        self._open: dict[str, Query] = {}
        self._toasts: dict[int, list[dict[str, Any]]] = {}

    def press(self, person: int) -> Query:
        """Open a query for a press by this person."""
        self._forget_old()
        self._last_id += 1
        query = Query(str(self._last_id), person, self._now_s())
        self._open[query.id] = query
        return query

    def _forget_old(self) -> None:
        limit_s = self._now_s() - QUERY_LIFETIME_S
        while self._open:
            oldest = next(iter(self._open.values()))
            if oldest.at_s > limit_s:
                return
            del self._open[oldest.id]

    def find(self, query_id: str) -> Query | None:
        """The query, if it can still be answered."""
        query = self._open.get(query_id)
        if query is None or self._now_s() - query.at_s > QUERY_LIFETIME_S:
            return None
        return query

    def answer(self, query: Query, text: str, alert: bool) -> None:
        """Show the answer; a second answer of the same query changes nothing."""
        if query.answered:
            return
        query.answered = True
        self._toasts.setdefault(query.person, []).append(
            {
                "callback_query_id": query.id,
                "text": text,
                "alert": alert,
                "at": int(self._now_s()),
            }
        )

    def toasts(self, person: int) -> list[dict[str, Any]]:
        """Answers shown to this person, oldest first."""
        return list(self._toasts.get(person, []))

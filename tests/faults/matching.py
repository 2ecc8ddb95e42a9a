"""Which cause a message in the ledger came from: a maximum matching, not a guess."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.faults.books import Said

SLACK_S = 60.0
"""A bot hears a moment later that its clock was moved, by less than this at a time."""

Sending = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """Something that may explain `room` messages of one text in one chat, within a time."""

    name: str
    chat_id: int
    texts: frozenset[str]
    room: int
    from_s: float = 0.0
    until_s: float = float("inf")
    edits: int | None = None

    def explains(self, send: Sending) -> bool:
        """Whether this message can have come from here."""
        if send["text"] not in self.texts or not self.from_s <= send["date"] <= self.until_s:
            return False
        # An edit whose message is gone is sent anew.
        return bool(send["method"] != "editMessageText" or send["message_id"] == self.edits)


@dataclass(slots=True)
class Matched:
    """How many messages each source explains, and the messages that nothing explains."""

    copies: Counter[str] = field(default_factory=Counter)
    unexplained: list[Sending] = field(default_factory=list)


def source_of(row: Said, in_flight: int) -> Source:
    """A row may have been said once, and once more for each crash that found it in flight."""
    return Source(
        name=row.dedupe,
        chat_id=row.chat_id,
        texts=frozenset({row.text}),
        room=1 + (in_flight if row.lane.repeats_when_unknown else 0),
        from_s=row.queued_at.timestamp() - SLACK_S,
        until_s=row.done_at.timestamp() + SLACK_S if row.done_at else float("inf"),
        edits=row.edits,
    )


def match(sends: Sequence[Sending], sources: Sequence[Source]) -> Matched:
    """Give every message a source that has room for it, as far as any assignment can."""
    by_chat: defaultdict[int, list[Source]] = defaultdict(list)
    for source in sources:
        by_chat[source.chat_id].append(source)
    matched = Matched()
    for chat_id in sorted({send["chat_id"] for send in sends}):
        mine = [send for send in sends if send["chat_id"] == chat_id]
        chat = _Chat(mine, by_chat[chat_id])
        matched.unexplained += [send for at, send in enumerate(mine) if not chat.place(at, set())]
        matched.copies.update(chat.copies())
    return matched


class _Chat:
    """The matching of one chat, grown one message at a time along augmenting paths (Kuhn)."""

    def __init__(self, sends: Sequence[Sending], sources: Sequence[Source]) -> None:
        self._fitting = [[each for each in sources if each.explains(send)] for send in sends]
        self._taken: defaultdict[str, list[int]] = defaultdict(list)

    def place(self, at: int, seen: set[str]) -> bool:
        """Find room for message number `at`, moving others where that helps."""
        for source in self._fitting[at]:
            if source.name in seen:
                continue
            seen.add(source.name)
            if len(self._taken[source.name]) < source.room:
                self._taken[source.name].append(at)
                return True
            for other in list(self._taken[source.name]):
                if self.place(other, seen):
                    self._taken[source.name].remove(other)
                    self._taken[source.name].append(at)
                    return True
        return False

    def copies(self) -> dict[str, int]:
        """How many messages each source explains."""
        return {name: len(places) for name, places in self._taken.items() if places}

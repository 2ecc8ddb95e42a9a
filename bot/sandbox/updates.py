"""The queue of updates: numbers, offset, long poll, lifetimes."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.bell import Bell
from bot.sandbox.refusals import OTHER_POLLER, Refused

# Client.cpp of the real server: messages live 86,400 s by their date, callback queries 150 s.
LIFETIME_S = 86_400
QUERY_LIFETIME_S = 150
# Left out unless asked for, says the description of getUpdates.
ONLY_ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(slots=True)
class Pending:
    """An update that waits; `raw` is its JSON text, `expires_at` is Unix seconds."""

    serial: int
    update_id: int
    kind: str
    chat_id: int
    raw: str
    expires_at: float
    stray: bool = False
    handed_out: bool = False


@dataclass(slots=True)
class Receipts:
    """Numbers of updates that were handed out, confirmed, or expired unread."""

    handed_out: dict[int, None] = field(default_factory=dict)
    confirmed: list[int] = field(default_factory=list)
    expired: list[int] = field(default_factory=list)


class UpdateQueue:
    """Updates in order; dropping and reading cost the same however many wait."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self.now_s = now_s
        # Unix seconds as the first number: a new sandbox never repeats the numbers of an old one,
        # so a bot with a kept database does not take new updates for repeated ones.
        self._next_id = int(now_s())
        self._serial = 0
        self._waiting: dict[int, Pending] = {}
        self._poll = 0
        self._ended_by = OTHER_POLLER
        self._closed = False
        self.allowed: frozenset[str] | None = None
        self.bell = Bell()
        self.receipts = Receipts()
        self.on_new: Callable[[Pending], None] | None = None

    def __len__(self) -> int:
        self._drop_expired()
        return len(self._waiting)

    def allow(self, kinds: list[str] | None) -> None:
        """Set the wanted kinds for future updates; None keeps the old choice, [] is the default."""
        if kinds is not None:
            self.allowed = frozenset(kinds) or None

    def _wanted(self, kind: str) -> bool:
        if self.allowed is None:
            return kind not in ONLY_ON_REQUEST
        return kind in self.allowed

    def put(self, kind: str, chat_id: int, content: Any, date_s: float | None = None) -> int:
        """Number and queue an update; returns its number even if the bot does not want the kind."""
        update_id = self._next_id
        self._next_id += 1
        if self._wanted(kind):
            raw = json.dumps({"update_id": update_id, kind: content})
            life_s = QUERY_LIFETIME_S if kind == "callback_query" else LIFETIME_S
            born_s = self.now_s() if date_s is None else date_s
            self._append(update_id, kind, chat_id, raw, born_s + life_s)
        return update_id

    def fresh_id(self) -> int:
        """A number that no update has yet."""
        self._next_id += 1
        return self._next_id - 1

    def inject(self, raw: str, kind: str, chat_id: int, update_id: int | None) -> int:
        """Queue a JSON text exactly as it is, under its own number if it has one."""
        # Numbers that are already behind an offset are handed out once all the same.
        stray = update_id is not None and update_id < self._next_id
        number = self._next_id if update_id is None else update_id
        self._next_id = max(self._next_id, number + 1)
        self._append(number, kind, chat_id, raw, self.now_s() + LIFETIME_S, stray=stray)
        return number

    def _append(
        self, number: int, kind: str, chat_id: int, raw: str, expires_at: float, stray: bool = False
    ) -> None:
        self._serial += 1
        pending = Pending(self._serial, number, kind, chat_id, raw, expires_at, stray)
        self._waiting[self._serial] = pending
        self.bell.ring()
        if self.on_new is not None:
            self.on_new(pending)

    async def poll(self, offset: int, limit: int, timeout_s: float) -> list[str]:
        """Confirm below `offset`, return what waits; wait for it up to `timeout_s` real seconds.

        Raises Refused (409) when a younger poll or a webhook takes over.
        """
        self._confirm(offset)
        self.end_poll(OTHER_POLLER)
        mine = self._poll
        ends_at = asyncio.get_running_loop().time() + timeout_s
        while not (found := self._take(offset, limit)):
            left_s = ends_at - asyncio.get_running_loop().time()
            if self._closed or left_s <= 0:
                break
            await self.bell.wait(left_s)
            if self._poll != mine:
                raise Refused(*self._ended_by)
        return [pending.raw for pending in found]

    def end_poll(self, reason: tuple[int, str]) -> None:
        """End the poll that waits, if there is one, with this code and text."""
        self._poll += 1
        self._ended_by = reason
        self.bell.ring()

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            surplus = len(self._waiting) + offset
            for serial in list(self._waiting)[: max(surplus, 0)]:
                self._confirm_one(self._waiting[serial])
            return
        for pending in list(self._below(offset)):
            self._confirm_one(pending)

    def _below(self, offset: int) -> list[Pending]:
        found = []
        for pending in self._waiting.values():
            if pending.stray and not pending.handed_out:
                continue
            if pending.update_id >= offset:
                break
            found.append(pending)
        return found

    def _confirm_one(self, pending: Pending) -> None:
        if self._waiting.pop(pending.serial, None) is not None:
            self.receipts.confirmed.append(pending.update_id)

    def _take(self, offset: int, limit: int) -> list[Pending]:
        found: list[Pending] = []
        now_s = self.now_s()
        expired = []
        for pending in self._waiting.values():
            if len(found) >= limit:
                break
            if pending.expires_at <= now_s:
                expired.append(pending)
            else:
                found.append(pending)
        for pending in expired:
            self._expire(pending)
        for pending in found:
            self.hand_out(pending)
        return found

    def hand_out(self, pending: Pending) -> None:
        """Note that the bot has seen the update."""
        pending.handed_out = True
        self.receipts.handed_out[pending.update_id] = None

    def settle(self, pending: Pending) -> None:
        """Confirm one update, as a webhook's 200 does."""
        self._confirm_one(pending)

    def still_waits(self, pending: Pending) -> bool:
        """Whether the update is neither confirmed nor expired; drops it if it just expired."""
        if pending.serial not in self._waiting:
            return False
        if pending.expires_at <= self.now_s():
            self._expire(pending)
            return False
        return True

    def _expire(self, pending: Pending) -> None:
        del self._waiting[pending.serial]
        self.receipts.expired.append(pending.update_id)

    def _drop_expired(self) -> None:
        now_s = self.now_s()
        for pending in [each for each in self._waiting.values() if each.expires_at <= now_s]:
            self._expire(pending)

    def waiting(self) -> list[Pending]:
        """Everything that waits, oldest first."""
        self._drop_expired()
        return list(self._waiting.values())

    def clear(self) -> None:
        """Forget what waits, confirming nothing."""
        self._waiting.clear()

    def forget_receipts(self) -> None:
        """Start the receipts anew."""
        self.receipts = Receipts()

    def open(self) -> None:
        """Let polls wait again, because a server starts."""
        self._closed = False

    def close(self) -> None:
        """Answer waiting polls with nothing, because the server stops."""
        self._closed = True
        self.bell.ring()

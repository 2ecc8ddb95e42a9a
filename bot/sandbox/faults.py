"""Faults on request: what a network and a busy server do to a bot."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.sandbox.refusals import BLOCKED, Refused, bad_request, too_many_requests


class FaultKind(StrEnum):
    """What goes wrong."""

    TOO_MANY = "429"
    FORBIDDEN = "403"
    BAD_REQUEST = "400"
    SERVER_ERROR = "500"
    BAD_GATEWAY = "502"
    HTML = "html"
    SLOW = "slow"
    LOST = "lost"
    REFUSE = "refuse"


@dataclass(slots=True)
class Fault:
    """One fault that waits for its requests; `times_left` None means until it is removed."""

    id: int
    kind: FaultKind
    methods: frozenset[str] | None = None
    person: int | None = None
    times_left: int | None = None
    retry_after_s: int = 5
    delay_s: float = 5.0
    description: str | None = None
    fired: int = 0

    def hits(self, method: str, chat_id: int | None) -> bool:
        """Whether a request of this method, about this chat, runs into the fault."""
        if self.methods is not None and method.lower() not in self.methods:
            return False
        return self.person is None or self.person == chat_id

    def refusal(self) -> Refused:
        """The answer of the kinds that refuse with JSON and carry nothing out."""
        text = self.description
        match self.kind:
            case FaultKind.TOO_MANY:
                return too_many_requests(self.retry_after_s)
            case FaultKind.FORBIDDEN:
                return Refused(403, text or BLOCKED[1])
            case FaultKind.BAD_REQUEST:
                return Refused(400, text) if text else bad_request("chat not found")
            case FaultKind.BAD_GATEWAY:
                return Refused(502, text or "Bad Gateway")
            case _:
                return Refused(500, text or "Internal Server Error")

    def view(self) -> dict[str, Any]:
        """The fault as /sim/faults shows it."""
        return {
            "id": self.id,
            "kind": self.kind.value,
            "method": sorted(self.methods) if self.methods is not None else None,
            "person": self.person,
            "times_left": self.times_left,
            "retry_after_s": self.retry_after_s,
            "delay_s": self.delay_s,
            "description": self.description,
            "fired": self.fired,
        }


class Faults:
    """All faults that wait, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._waiting: dict[int, Fault] = {}
        self._last_id = 0

    def add(self, kind: FaultKind, **details: Any) -> Fault:
        """Lay a fault in the way."""
        self._last_id += 1
        fault = Fault(id=self._last_id, kind=kind, **details)
        self._waiting[fault.id] = fault
        return fault

    def strike(self, method: str, chat_id: int | None) -> Fault | None:
        """The oldest fault that hits this request; one of its times is used up."""
        for fault in self._waiting.values():
            if fault.hits(method, chat_id):
                return self._use(fault)
        return None

    def _use(self, fault: Fault) -> Fault:
        fault.fired += 1
        if fault.times_left is not None:
            fault.times_left -= 1
            if fault.times_left <= 0:
                del self._waiting[fault.id]
        return fault

    def remove(self, fault_id: int) -> bool:
        """Take one fault away; says whether it was there."""
        return self._waiting.pop(fault_id, None) is not None

    def clear(self) -> None:
        """Take all faults away."""
        self._waiting.clear()

    def all(self) -> list[Fault]:
        """Every fault that waits."""
        return list(self._waiting.values())

"""What a flow (a check-in, joining) must bring along to run in the one conversation engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.conversations import Event, Script, Status
from bot.domain.messages import Message, Value
from bot.domain.people import Person
from bot.storage.database import Run
from bot.storage.dialogs import Conversation


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that one step may look at: the open transaction, who, where, and when (UTC)."""

    run: Run
    person: Person
    conversation: Conversation
    now: datetime
    source_message_id: int | None = None


class Flow(Protocol):
    """One kind of conversation."""

    script: Script
    may_stop: bool

    async def interpret(self, scene: Scene, event: Event) -> Event | Message:
        """Make an event plain for the script, or say what must be cleared up first."""
        ...

    async def save(self, scene: Scene, question: str, value: str) -> Person:
        """Keep an answer; the person as they are afterwards."""
        ...

    async def forget(self, scene: Scene, question: str) -> None:
        """The question was skipped: an earlier answer to it no longer holds."""
        ...

    def values(self, scene: Scene, question: str) -> Mapping[str, Value]:
        """The values for a question's sentence."""
        ...

    async def closing(self, scene: Scene, status: Status) -> Message:
        """What is said when the conversation is over."""
        ...

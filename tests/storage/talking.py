"""A conversation to keep and to find again."""

from datetime import timedelta
from typing import Any

from uuid_utils.compat import uuid7

from bot.domain.conversations import Dialog, Status
from bot.domain.people import Person
from bot.storage.dialogs import Conversation
from tests.storage.conftest import NOW

OPEN = Dialog(Status.OPEN, "mood", 1)
DONE = Dialog(Status.DONE, None, 1)


def conversation(person: Person, dialog: Dialog = OPEN, **more: Any) -> Conversation:
    fields: dict[str, Any] = {
        "flow": "daily",
        "day": NOW.date(),
        "opened_at": NOW,
        "expires_at": NOW + timedelta(hours=18),
        **more,
    }
    return Conversation(id=uuid7(), person_id=person.id, dialog=dialog, **fields)

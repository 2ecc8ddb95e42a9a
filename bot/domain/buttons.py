"""What a button says when it is pressed: packed into Telegram's 64 bytes, read back with distrust.

`d:<dialog id, 22 characters>:<question>:<value>` answers a question; a value that starts with `!`
is a command to the conversation. Everything else is one word, such as `checkin` or `sos`.
"""

import base64
import binascii
from dataclasses import dataclass
from uuid import UUID

from bot.domain.conversations import Answer, Back, Begin, Event, Skip, Stop

HELP_NOW = "sos"
CHECK_IN = "checkin"
START = "start"
ADULT = "join:adult"
UNDER_AGE = "join:young"
AGREE = "join:agree"
REFUSE = "join:refuse"
ANEW = "join:anew"
LATER = "!later"

_MOST_BYTES = 64


@dataclass(frozen=True, slots=True)
class Press:
    """A press that belongs to a dialog. `event` is None when it only puts the question off."""

    dialog_id: UUID
    event: Event | None


def pack(dialog_id: UUID, question: str, value: str) -> str:
    """Callback data for an answer or a command; ValueError when it does not fit."""
    short = base64.urlsafe_b64encode(dialog_id.bytes).decode().rstrip("=")
    data = f"d:{short}:{question}:{value}"
    if len(data.encode()) > _MOST_BYTES:
        raise ValueError("callback data over 64 bytes")
    return data


def pack_begin(dialog_id: UUID) -> str:
    """Callback data for the Begin button of an opening card."""
    return pack(dialog_id, "", "!begin")


def pack_later(dialog_id: UUID) -> str:
    """Callback data for "not now" on an opening card."""
    return pack(dialog_id, "", LATER)


def unpack(data: str) -> Press | None:
    """Read callback data of a dialog; None for anything that we have not packed."""
    parts = data.split(":", 3)
    if len(parts) != 4 or parts[0] != "d":
        return None
    try:
        dialog_id = UUID(bytes=base64.b64decode(f"{parts[1]}==", altchars="-_", validate=True))
    except (ValueError, binascii.Error):
        return None
    return Press(dialog_id, _event(parts[2], parts[3]))


def _event(question: str, value: str) -> Event | None:
    commands: dict[str, Event | None] = {
        "!begin": Begin(),
        "!stop": Stop(),
        "!skip": Skip(question),
        "!back": Back(question),
        LATER: None,
    }
    return commands[value] if value in commands else Answer(question, value)

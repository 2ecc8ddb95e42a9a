"""Reading raw updates, before anything is known to be well-formed. Nothing here raises."""

import json
from typing import Any

from bot.domain import buttons, calls
from bot.storage.inbox import Arrival

Raw = dict[str, Any]

_WITH_CHAT = ("message", "edited_message", "my_chat_member", "message_reaction", "chat_member")
_LARGEST_ID = 2**63 - 1
SAFE_LANGUAGE_CHARS = 12


def arrival_of(update: Raw, aid: bool = False) -> Arrival:
    """The form in which an update is kept: JSON in ASCII, so that odd characters survive."""
    return Arrival(
        raw=json.dumps(update, ensure_ascii=True, separators=(",", ":")),
        chat_id=chat_of(update),
        update_id=update_id_of(update) or 0,
        aid=aid,
    )


def update_id_of(update: Raw) -> int | None:
    """The update's number, if it has a usable one."""
    number = update.get("update_id")
    usable = isinstance(number, int) and not isinstance(number, bool)
    return number if usable and abs(number or 0) <= _LARGEST_ID else None


def _part(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def chat_of(update: Raw) -> int | None:
    """The chat whose order of messages this update belongs to."""
    for kind in _WITH_CHAT:
        number = _part(update, kind, "chat", "id")
        if isinstance(number, int):
            return number
    for path in (("callback_query", "message", "chat", "id"), ("callback_query", "from", "id")):
        number = _part(update, *path)
        if isinstance(number, int):
            return number
    return None


def private_chat_of(update: Raw) -> int | None:
    """The chat, where it is one person's private chat: there user id and chat id are the same."""
    for path in (("message",), ("edited_message",), ("callback_query", "message")):
        chat = _part(update, *path, "chat")
        if chat:
            number = _part(chat, "id")
            is_private = _part(chat, "type") == "private"
            return number if is_private and isinstance(number, int) else None
    return None


def sender_language(update: Raw) -> str:
    """The language tag of whoever sent it, or an empty text."""
    for kind in ("message", "callback_query", "edited_message"):
        tag = _part(update, kind, "from", "language_code")
        if isinstance(tag, str):
            return tag[:SAFE_LANGUAGE_CHARS]
    return ""


def asks_for_help(update: Raw) -> bool:
    """Whether this is the Help now button, or a call for help in a text, a caption or an edit."""
    if _part(update, "callback_query", "data") == buttons.HELP_NOW:
        return True
    written = (
        _part(update, kind, name)
        for kind in ("message", "edited_message")
        for name in ("text", "caption")
    )
    return any(isinstance(text, str) and calls.asks_for_help(text) for text in written)

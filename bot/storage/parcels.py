"""What goes into the outbox and what comes out of it: sealed in the row, clear in the hand."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from bot.domain.messages import Message
from bot.storage.database import Run

_CODEC = TypeAdapter(Message)


@dataclass(frozen=True, slots=True)
class Entry:
    """One message on its way into the outbox.

    Either `person_id` (the address is in their row) or `chat_id` (someone without one).
    `dedupe` is unique: for as long as the row is kept (30 days) the same cause says nothing twice.
    """

    message: Message
    dedupe: str
    chat_hash: bytes
    language: str
    person_id: UUID | None = None
    chat_id: int | None = None
    dialog_id: UUID | None = None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """One outbox row that a sender has claimed. `attempts` counts this one too."""

    seq: int
    dedupe: str
    message: Message
    chat_id: int
    chat: str
    language: str
    attempts: int
    person_id: UUID | None
    dialog_id: UUID | None
    queued_at: datetime
    expires_at: datetime | None


def row_of(run: Run, entry: Entry, now: datetime) -> dict[str, Any]:
    """An entry as a row of the outbox, its words and its address sealed."""
    message = entry.message
    sealed_chat = None
    if entry.person_id is None:
        sealed_chat = run.vault.seal(str(entry.chat_id), f"outbox.chat|{entry.dedupe}")
    lasts = message.expires_after
    return {
        "dedupe": entry.dedupe,
        "person_id": entry.person_id,
        "dialog_id": entry.dialog_id,
        "chat_hash": entry.chat_hash,
        "chat_sealed": sealed_chat,
        "language": entry.language,
        "lane": int(message.lane),
        "edits": message.edits,
        "state": "queued",
        "attempts": 0,
        "queued_at": now,
        "not_before": entry.not_before or now,
        "expires_at": now + lasts if lasts else None,
        "body_sealed": run.vault.seal(
            _CODEC.dump_json(message).decode(), f"outbox.body|{entry.dedupe}"
        ),
    }


def parcel_of(run: Run, row: Any) -> Parcel:
    """A row of the outbox, with its person's `p_id` and `p_chat` where there is one, opened."""
    if row.p_chat is not None:
        chat = run.vault.open(row.p_chat, f"person.chat|{row.p_id}")
    else:
        chat = run.vault.open(row.chat_sealed, f"outbox.chat|{row.dedupe}")
    body = run.vault.open(row.body_sealed, f"outbox.body|{row.dedupe}")
    return Parcel(
        seq=row.seq,
        dedupe=row.dedupe,
        message=_CODEC.validate_json(body),
        chat_id=int(chat),
        chat=row.chat_hash.hex(),
        language=row.language,
        attempts=row.attempts,
        person_id=row.person_id,
        dialog_id=row.dialog_id,
        queued_at=row.queued_at,
        expires_at=row.expires_at,
    )

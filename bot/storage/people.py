"""People: found by the hash of their chat, written to by their sealed chat id."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from uuid_utils.compat import uuid7

from bot.domain.people import Person
from bot.storage.database import Run
from bot.storage.tables import person


def chat_hash(run: Run, chat_id: int) -> bytes:
    """What stands for a Telegram chat id in look-ups."""
    return run.vault.hash(str(chat_id), "chat")


async def find(run: Run, chat_id: int) -> Person | None:
    """The person who writes from a chat, if they ever agreed to be kept."""
    rows = await run(select(person).where(person.c.chat_hash == chat_hash(run, chat_id)))
    row = rows.one_or_none()
    return _person(row) if row else None


def _person(row: Any) -> Person:
    return Person(
        id=row.id,
        language=row.language,
        country=row.country,
        zone=row.zone,
        consent_version=row.consent_version,
        joined=row.joined_at is not None,
        stopped=row.stopped_at is not None,
        unreachable=row.unreachable_at is not None,
        minor=row.minor_at is not None,
    )


async def add(run: Run, chat_id: int, language: str, consent_version: int, now: datetime) -> Person:
    """Keep a person who has just agreed; their zone is UTC until they tell it."""
    person_id: UUID = uuid7()
    await run(
        person.insert().values(
            id=person_id,
            chat_hash=chat_hash(run, chat_id),
            chat_sealed=run.vault.seal(str(chat_id), f"person.chat|{person_id}"),
            language=language,
            zone="UTC",
            consent_version=consent_version,
            consented_at=now,
        )
    )
    return Person(id=person_id, language=language, zone="UTC", consent_version=consent_version)


async def _change(run: Run, person_id: UUID, **values: Any) -> None:
    await run(update(person).where(person.c.id == person_id).values(**values))


async def set_consent(run: Run, person_id: UUID, consent_version: int, now: datetime) -> None:
    """They have agreed to a newer text."""
    await _change(run, person_id, consent_version=consent_version, consented_at=now)


async def set_minor(run: Run, person_id: UUID, since: datetime | None) -> None:
    """They say that they are younger than 18 (or, with None, that they are not after all)."""
    await _change(run, person_id, minor_at=since)


async def set_place(run: Run, person_id: UUID, country: str, zone: str) -> None:
    """Where a person lives: country as ISO 3166 alpha-2, zone as an IANA name."""
    await _change(run, person_id, country=country, zone=zone)


async def set_joined(run: Run, person_id: UUID, now: datetime) -> None:
    """The first run is complete, and nothing is stopped any more."""
    await _change(run, person_id, joined_at=now, stopped_at=None)


async def set_stopped(run: Run, person_id: UUID, now: datetime) -> None:
    """They want no messages by themselves any more."""
    await _change(run, person_id, stopped_at=now)


async def set_unreachable(run: Run, person_id: UUID, since: datetime | None) -> None:
    """Telegram refuses to deliver to them (or, with None, does so again)."""
    await _change(run, person_id, unreachable_at=since)


async def erase(run: Run, person_id: UUID) -> None:
    """Delete a person and, by the foreign keys, all that hangs on them."""
    await run(delete(person).where(person.c.id == person_id))

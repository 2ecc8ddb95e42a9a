"""Short ways to put into the outbox, claim from it and look at it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from bot.domain.messages import Lane, say
from bot.storage import outbox
from bot.storage.database import Database
from bot.storage.parcels import Entry, Parcel
from bot.storage.tables import outbox as table
from tests.databases import vault
from tests.storage.conftest import NOW

ANNA, BEN = 1001, 1002


def entry(
    dedupe: str,
    lane: Lane = Lane.REPLY,
    chat_id: int = ANNA,
    *,
    edits: int | None = None,
    expires_after: timedelta | None = None,
    dialog_id: UUID | None = None,
    person_id: UUID | None = None,
    not_before: datetime | None = None,
) -> Entry:
    message = say("hello", lane=lane, name="a secret")
    return Entry(
        message=replace(message, edits=edits, expires_after=expires_after),
        dedupe=dedupe,
        chat_hash=vault().hash(str(chat_id), "chat"),
        language="en",
        chat_id=None if person_id else chat_id,
        person_id=person_id,
        dialog_id=dialog_id,
        not_before=not_before,
    )


async def put(database: Database, *entries: Entry, now: datetime = NOW) -> None:
    async with database.begin() as run:
        await outbox.put(run, entries, now)


async def claim(
    database: Database, now: datetime = NOW, worker: str = "one", limit: int = 10
) -> list[Parcel]:
    async with database.begin() as run:
        return await outbox.claim(run, now, worker, limit)


async def finish(
    database: Database, parcel: Parcel, worker: str = "one", message_id: int | None = 5
) -> bool:
    async with database.begin() as run:
        return await outbox.finish(run, parcel, worker, "sent", NOW, message_id=message_id)


async def rows(database: Database) -> dict[str, Any]:
    """Every row by its dedupe key."""
    async with database.begin() as run:
        return {row.dedupe: row for row in await run(select(table).order_by(table.c.seq))}


async def states(database: Database) -> dict[str, str]:
    return {dedupe: row.state for dedupe, row in (await rows(database)).items()}


def keys(parcels: list[Parcel]) -> list[str]:
    return [parcel.dedupe for parcel in parcels]

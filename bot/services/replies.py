"""Putting replies into the outbox and settling the update, inside the caller's transaction."""

from datetime import datetime
from uuid import UUID

from bot.domain.callers import Caller
from bot.domain.messages import Message
from bot.domain.people import Person
from bot.storage import inbox, outbox, people
from bot.storage.database import Run
from bot.storage.parcels import Entry


async def reply(
    run: Run,
    caller: Caller,
    person: Person | None,
    *messages: Message,
    now: datetime,
    dialog_id: UUID | None = None,
) -> None:
    """Queue what is said to a caller and mark their update as done.

    The dedupe key is the update's receipt, so an update that is handled again after a crash says
    nothing twice. An edit takes the place of older edits of the same dialog that still wait.
    """
    if dialog_id is not None and any(message.edits for message in messages):
        await outbox.supersede(run, dialog_id, now)
    entries = [
        Entry(
            message=message,
            dedupe=f"reply:{caller.receipt}:{index}",
            chat_hash=people.chat_hash(run, caller.chat_id),
            language=person.language if person else caller.language,
            person_id=person.id if person else None,
            chat_id=None if person else caller.chat_id,
            dialog_id=dialog_id,
        )
        for index, message in enumerate(messages)
    ]
    await outbox.put(run, entries, now)
    await inbox.settle(run, caller.receipt, now)

"""Dialogs and their answers: where a conversation stands, and what was said in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, any_, delete, func, not_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.conversations import Dialog, Status
from bot.errors import Stale
from bot.storage.database import Run
from bot.storage.tables import answer, dialog, one_of


def _unfinished() -> Any:
    return one_of(dialog.c.status, Status.OFFERED.value, Status.OPEN.value)


def _is(status: Status) -> Any:
    return dialog.c.status == status.value


@dataclass(frozen=True, slots=True)
class Conversation:
    """One dialog of one person. `day` is the local date that its answers belong to.

    `message_id` is the Telegram message in which it lives, once that is known; `occurrence` is the
    unique key of a scheduled one.
    """

    id: UUID
    person_id: UUID
    flow: str
    dialog: Dialog
    day: date
    opened_at: datetime
    expires_at: datetime
    message_id: int | None = None
    occurrence: str | None = None
    version: int = 1


async def add(run: Run, conversations: Iterable[Conversation]) -> None:
    """Keep new dialogs; one whose occurrence is already there is left out."""
    rows = [
        {
            "id": each.id,
            "person_id": each.person_id,
            "flow": each.flow,
            "status": each.dialog.status.value,
            "step": each.dialog.step,
            "script_version": each.dialog.script_version,
            "local_date": each.day,
            "opened_at": each.opened_at,
            "expires_at": each.expires_at,
            "message_id": each.message_id,
            "occurrence": each.occurrence,
            "version": each.version,
        }
        for each in conversations
    ]
    if rows:
        insert = sqlite.insert if run.is_sqlite else postgresql.insert
        await run(insert(dialog).on_conflict_do_nothing(index_elements=["occurrence"]), rows)


async def find(run: Run, dialog_id: UUID, person_id: UUID) -> Conversation | None:
    """A dialog, if it belongs to this person: an id from a button proves nothing by itself."""
    return await _one(run, dialog.c.id == dialog_id, dialog.c.person_id == person_id)


async def current(run: Run, person_id: UUID, flow: str | None = None) -> Conversation | None:
    """The newest open dialog of a person, of one flow or of any: where typed words belong.

    A dialog that is only offered waits for its button, however new it is.
    """
    # The first condition is there for the index, see `one_of`.
    conditions = [dialog.c.person_id == person_id, _unfinished(), _is(Status.OPEN)]
    if flow is not None:
        conditions.append(dialog.c.flow == flow)
    return await _one(run, *conditions)


async def _one(run: Run, *conditions: Any) -> Conversation | None:
    wanted = select(dialog).where(*conditions).order_by(dialog.c.opened_at.desc()).limit(1)
    if not run.is_sqlite:
        wanted = wanted.with_for_update()
    row = (await run(wanted)).one_or_none()
    return _conversation(row) if row else None


def _conversation(row: Any) -> Conversation:
    return Conversation(
        id=row.id,
        person_id=row.person_id,
        flow=row.flow,
        dialog=Dialog(Status(row.status), row.step, row.script_version),
        day=row.local_date,
        opened_at=row.opened_at,
        expires_at=row.expires_at,
        message_id=row.message_id,
        occurrence=row.occurrence,
        version=row.version,
    )


async def save(run: Run, conversation: Conversation, state: Dialog, message_id: int | None) -> None:
    """Move a dialog on; Stale when it has moved since it was read."""
    moved = await run(
        update(dialog)
        .where(dialog.c.id == conversation.id, dialog.c.version == conversation.version)
        .values(
            status=state.status.value,
            step=state.step,
            script_version=state.script_version,
            message_id=message_id,
            version=conversation.version + 1,
        )
    )
    if moved.rowcount != 1:
        raise Stale("the dialog moved while it was being answered")


async def close_older(
    run: Run, new_ids: Sequence[UUID], flow: str, spared_since: datetime | None = None
) -> None:
    """New dialogs have opened: what their people left unfinished of this flow is over.

    With `spared_since` an open one that was opened later than that goes on beside the new one.
    """
    newer = dialog.alias("newer")
    owners = select(newer.c.person_id).where(newer.c.id.in_(new_ids))
    # As an array PostgreSQL looks the owners up first; as a join it has gone through every
    # unfinished dialog there is, once a batch.
    owned = (
        dialog.c.person_id.in_(owners)
        if run.is_sqlite
        else dialog.c.person_id == any_(func.array(owners.scalar_subquery()))
    )
    older = [owned, dialog.c.flow == flow, _unfinished(), dialog.c.id.not_in(new_ids)]
    if spared_since is not None:
        older.append(not_(and_(_is(Status.OPEN), dialog.c.opened_at > spared_since)))
    await run(
        update(dialog)
        .where(*older)
        .values(status=Status.EXPIRED.value, version=dialog.c.version + 1)
    )


async def stop_all(run: Run, person_id: UUID) -> None:
    """A person wants no more: whatever they left unfinished is over."""
    await run(
        update(dialog)
        .where(dialog.c.person_id == person_id, _unfinished())
        .values(status=Status.STOPPED.value, step=None, version=dialog.c.version + 1)
    )


async def expire(run: Run, now: datetime) -> int:
    """Close every dialog whose time is over; how many."""
    over = await run(
        update(dialog)
        .where(_unfinished(), dialog.c.expires_at <= now)
        .values(status=Status.EXPIRED.value, version=dialog.c.version + 1)
    )
    return over.rowcount


async def save_answer(
    run: Run,
    conversation: Conversation,
    question: str,
    value: str,
    now: datetime,
    source_message_id: int | None = None,
) -> None:
    """Keep the answer to one question, sealed; a second answer takes the place of the first."""
    insert = sqlite.insert if run.is_sqlite else postgresql.insert
    values = {
        "value_sealed": run.vault.seal(value, f"answer.value|{conversation.id}|{question}"),
        "answered_at": now,
        "source_message_id": source_message_id,
    }
    await run(
        insert(answer)
        .values(
            dialog_id=conversation.id,
            question=question,
            person_id=conversation.person_id,
            local_date=conversation.day,
            **values,
        )
        .on_conflict_do_update(index_elements=["dialog_id", "question"], set_=values)
    )


async def drop_answer(run: Run, conversation: Conversation, question: str) -> None:
    """Take an answer back."""
    await run(
        delete(answer).where(answer.c.dialog_id == conversation.id, answer.c.question == question)
    )


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer as kept: its dialog, question, value as given, and instant (UTC)."""

    dialog_id: UUID
    question: str
    value: str
    answered_at: datetime


async def answers_of_day(run: Run, person_id: UUID, day: date) -> list[Answered]:
    """What a person answered on one of their days, oldest dialog first."""
    return await _answers(run, answer.c.person_id == person_id, answer.c.local_date == day)


async def answers_of(run: Run, dialog_id: UUID) -> dict[str, str]:
    """The answers of one dialog, by question."""
    return {
        each.question: each.value for each in await _answers(run, answer.c.dialog_id == dialog_id)
    }


async def answer_of_message(run: Run, person_id: UUID, message_id: int) -> tuple[UUID, str] | None:
    """Which dialog and question a message of theirs had answered, if any."""
    rows = await run(
        select(answer.c.dialog_id, answer.c.question).where(
            answer.c.person_id == person_id, answer.c.source_message_id == message_id
        )
    )
    row = rows.first()
    return (row.dialog_id, row.question) if row else None


async def _answers(run: Run, *conditions: Any) -> list[Answered]:
    rows = await run(
        select(answer)
        .join(dialog, answer.c.dialog_id == dialog.c.id)
        .where(*conditions)
        .order_by(dialog.c.opened_at, answer.c.answered_at)
    )
    return [
        Answered(
            row.dialog_id,
            row.question,
            run.vault.open(row.value_sealed, f"answer.value|{row.dialog_id}|{row.question}"),
            row.answered_at,
        )
        for row in rows
    ]

"""The due table: who is to be written to next, and when.

The wall time, the weekdays and the zone are what a person chose; `next_due_at` (UTC) is derived
from them by bot.domain.schedules and is the only thing a tick looks at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, delete, select, text, update
from sqlalchemy.dialects.postgresql import TIMESTAMP
from uuid_utils.compat import uuid7

from bot.domain.schedules import WallTime, next_due, occurrence_day
from bot.errors import Stale
from bot.storage.database import Run
from bot.storage.tables import person, schedule
from bot.telemetry import fault, get_log

_log = get_log("schedules")

PUT_OFF = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Due:
    """One occurrence of one schedule, claimed. `due_at` is aware UTC, `day` the local date."""

    schedule_id: UUID
    person_id: UUID
    kind: str
    due_at: datetime
    day: date
    zone: str
    language: str
    chat_hash: bytes


async def set_daily(
    run: Run, person_id: UUID, kind: str, wall: WallTime, weekdays: int, zone: str, now: datetime
) -> datetime | None:
    """Replace a person's schedule of one kind; the next due instant in UTC, None when it sleeps."""
    await drop(run, person_id, kind)
    due = next_due(wall, weekdays, zone, now)
    await run(
        schedule.insert().values(
            id=uuid7(),
            person_id=person_id,
            kind=kind,
            wall_minutes=wall.minutes,
            weekdays=weekdays,
            zone=zone,
            next_due_at=due,
        )
    )
    return due


async def drop(run: Run, person_id: UUID, kind: str) -> None:
    """Forget a person's schedule of one kind."""
    await run(delete(schedule).where(schedule.c.person_id == person_id, schedule.c.kind == kind))


async def sleep(run: Run, person_id: UUID) -> None:
    """All schedules of a person fall asleep; their times are kept."""
    await run(update(schedule).where(schedule.c.person_id == person_id).values(next_due_at=None))


async def wake(run: Run, person_id: UUID, now: datetime) -> datetime | None:
    """All schedules of a person go on; the earliest next due instant, None when there is none."""
    rows = (await run(select(schedule).where(schedule.c.person_id == person_id))).all()
    dues = []
    for row in rows:
        due = _following(row, now)
        await run(update(schedule).where(schedule.c.id == row.id).values(next_due_at=due))
        if due:
            dues.append(due)
    return min(dues, default=None)


async def next_of(run: Run, person_id: UUID) -> datetime | None:
    """When a person is written to next, UTC; None when nothing is planned."""
    rows = await run(
        select(schedule.c.next_due_at)
        .where(schedule.c.person_id == person_id, schedule.c.next_due_at.is_not(None))
        .order_by(schedule.c.next_due_at)
        .limit(1)
    )
    return rows.scalar_one_or_none()


async def claim_due(run: Run, now: datetime, limit: int) -> list[Due]:
    """Claim what is due and advance it past `now`, in the transaction of the caller.

    A schedule that slept through several occurrences comes up once: the next one is always in
    the future. Raises Stale when another worker was faster (the transaction is then worthless).
    """
    rows = (await run(_due_rows(now, limit, run.is_sqlite))).all()
    claimed = [(_move(row, now), row) for row in rows]
    if rows and await _advance(run, [move for move, _ in claimed]) != len(rows):
        raise Stale("another worker claimed some of these schedules")
    return [_due(row) for move, row in claimed if not move["put_off"]]


def _move(row: Any, now: datetime) -> dict[str, Any]:
    """How a due row moves on. One that cannot be computed is put off and costs itself alone."""
    move = {"b_id": row.id, "b_old": row.next_due_at, "put_off": False}
    try:
        return {**move, "b_new": _following(row, now)}
    except (KeyError, ValueError) as error:  # a zone that this machine's tables do not know
        _log.error("schedule_put_off", **fault(error))
        return {**move, "b_new": now + PUT_OFF, "put_off": True}


def _due(row: Any) -> Due:
    return Due(
        schedule_id=row.id,
        person_id=row.person_id,
        kind=row.kind,
        due_at=row.next_due_at,
        day=occurrence_day(row.next_due_at, row.zone, WallTime.from_minutes(row.wall_minutes)),
        zone=row.zone,
        language=row.language,
        chat_hash=row.chat_hash,
    )


async def recompute(run: Run, now: datetime, after: UUID | None, limit: int) -> UUID | None:
    """Derive `next_due_at` anew for one batch of schedules that are awake, by id after `after`.

    For a clock that was set back: what it had advanced while it ran ahead would sleep until it
    catches up. What was sent meanwhile is not sent again: its occurrence is known. The id to go on
    from, None at the end.
    """
    wanted = select(schedule).where(schedule.c.next_due_at.is_not(None))
    if after is not None:
        wanted = wanted.where(schedule.c.id > after)
    rows = (await run(wanted.order_by(schedule.c.id).limit(limit))).all()
    moves = [_move(row, now) for row in rows]
    if moves:
        await _advance(run, moves)
    return rows[-1].id if len(rows) == limit else None


def _due_rows(now: datetime, limit: int, is_sqlite: bool) -> Any:
    wanted = (
        select(schedule, person.c.language, person.c.chat_hash)
        .join(person, schedule.c.person_id == person.c.id)
        .where(schedule.c.next_due_at.is_not(None), schedule.c.next_due_at <= now)
        .order_by(schedule.c.next_due_at)
        .limit(limit)
    )
    return wanted if is_sqlite else wanted.with_for_update(of=schedule, skip_locked=True)


def _following(row: Any, now: datetime) -> datetime | None:
    return next_due(WallTime.from_minutes(row.wall_minutes), row.weekdays, row.zone, now)


_ADVANCE_ONE = (
    update(schedule)
    .where(schedule.c.id == bindparam("b_id"), schedule.c.next_due_at == bindparam("b_old"))
    .values(next_due_at=bindparam("b_new"))
)

_INSTANTS = ARRAY(TIMESTAMP(timezone=True))
_ADVANCE_MANY = text(
    "UPDATE schedule SET next_due_at = move.new FROM"
    " unnest(:ids, :olds, :news) AS move(id, old, new)"
    " WHERE schedule.id = move.id AND schedule.next_due_at = move.old"
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid())),
    bindparam("olds", type_=_INSTANTS),
    bindparam("news", type_=_INSTANTS),
)


async def _advance(run: Run, moves: Sequence[dict[str, Any]]) -> int:
    # The condition on the old instant is what makes a claim exclusive, on both databases.
    if run.is_sqlite:
        pairs = [{name: move[name] for name in ("b_id", "b_old", "b_new")} for move in moves]
        return (await run(_ADVANCE_ONE, pairs)).rowcount
    columns = {
        "ids": [move["b_id"] for move in moves],
        "olds": [move["b_old"] for move in moves],
        "news": [move["b_new"] for move in moves],
    }
    return (await run(_ADVANCE_MANY.bindparams(**columns))).rowcount

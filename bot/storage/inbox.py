"""The inbox: every update that Telegram handed out, one row each, until it is done or dead."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, Select, bindparam, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import Stale, Undecipherable
from bot.storage.database import Run
from bot.storage.tables import inbox, one_of
from bot.storage.types import UTCDateTime
from bot.telemetry import fault, get_log

_log = get_log("inbox")

MAX_ATTEMPTS = 3
LEASE = timedelta(seconds=60)
AID_WAIT = timedelta(seconds=3)
"""How long a lane waits for first aid on an update that first aid has taken."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One update as it came: its JSON text, its chat, and whether first aid took it."""

    raw: str
    chat_id: int | None
    update_id: int
    aid: bool = False
    aided: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """One inbox row that a lane has claimed. `attempts` counts this one too."""

    seq: int
    update: dict[str, Any]
    attempts: int
    aided: bool


async def store(run: Run, arrivals: Sequence[Arrival], now: datetime) -> None:
    """Keep updates; one that is already kept, by id and body, is left as it is."""
    if not arrivals:
        return
    rows = [_row(run, arrival, now) for arrival in arrivals]
    await run(_KEEP[run.is_sqlite], rows)


def _row(run: Run, arrival: Arrival, now: datetime) -> dict[str, Any]:
    dedupe = dedupe_of(run, arrival)
    lane = arrival.chat_id if arrival.chat_id is not None else f"update:{arrival.update_id}"
    waits = AID_WAIT if arrival.aid and not arrival.aided else timedelta()
    return {
        "dedupe": dedupe,
        "lane": run.vault.hash(str(lane), "lane"),
        "state": "new",
        "attempts": 0,
        "received_at": now,
        "not_before": now + waits,
        "aided_at": now if arrival.aided else None,
        "body_sealed": run.vault.seal(arrival.raw, f"inbox.body|{dedupe.hex()}"),
    }


def dedupe_of(run: Run, arrival: Arrival) -> bytes:
    """The key under which an arrival is kept: of its number and its body.

    After a quiet week Telegram may start its numbers anywhere, so the number alone proves nothing.
    """
    return run.vault.hash(f"{arrival.update_id}|{arrival.raw}", "update")


async def mark_aided(run: Run, arrival: Arrival, now: datetime) -> None:
    """First aid has answered this update: its lane need not wait, nor answer again."""
    await run(
        update(inbox)
        .where(inbox.c.dedupe == dedupe_of(run, arrival), inbox.c.state == "new")
        .values(aided_at=now, not_before=now)
    )


async def claim(run: Run, now: datetime, worker: str, limit: int) -> list[Letter]:
    """Lease the first waiting row of up to `limit` chats, and count the attempt before handling.

    A lease that ran out makes its row claimable again: its worker died with it. A row that was
    claimed before may be what killed it, so of those one is handled at a time: it then takes no
    others along to their last attempt.
    """
    wanted = _WANTED if run.is_sqlite else _WANTED_BY_MANY
    rows = list(await run(wanted, {"b_now": now, "b_limit": limit}))
    seqs = [row.seq for row in rows if not row.attempts]
    suspects = [row.seq for row in rows if row.attempts]
    if suspects and (await run(_SUSPECT_UNDER_WAY, {"b_now": now})).first() is None:
        seqs.append(suspects[0])
    if not seqs:
        return []
    lease = {"b_seqs": seqs, "b_now": now, "b_until": now + LEASE, "b_worker": worker}
    letters = [await _letter(run, row, now) for row in await run(_TAKE, lease)]
    return sorted((letter for letter in letters if letter), key=lambda letter: letter.seq)


async def _letter(run: Run, row: Any, now: datetime) -> Letter | None:
    """One claimed row, opened; a row that does not open is buried and costs itself alone."""
    try:
        body = run.vault.open(row.body_sealed, f"inbox.body|{row.dedupe.hex()}")
        return Letter(row.seq, json.loads(body), row.attempts, row.aided_at is not None)
    except (Undecipherable, ValueError) as error:
        _log.critical("dead_letter", seq=row.seq, **fault(error))
        await bury(run, row.seq, now, "unreadable")
        return None


def _wanted() -> Select[Any]:
    earlier = inbox.alias("earlier")
    head = ~(
        select(earlier.c.seq)
        .where(
            earlier.c.lane == inbox.c.lane,
            earlier.c.seq < inbox.c.seq,
            one_of(earlier.c.state, "new", "leased"),
        )
        .exists()
    )
    waiting = one_of(inbox.c.state, "new", "leased")
    limit = bindparam("b_limit", type_=Integer)
    chosen = select(inbox.c.seq, inbox.c.attempts).where(waiting, _FREE, head)
    return chosen.order_by(inbox.c.seq).limit(limit)


# Built once, as in the outbox: every update passes through them.
_NOW = bindparam("b_now", type_=UTCDateTime)
_KEEP = {
    is_sqlite: insert(inbox).on_conflict_do_nothing(index_elements=["dedupe"])
    for is_sqlite, insert in ((True, sqlite.insert), (False, postgresql.insert))
}
_SETTLE = (
    update(inbox)
    .where(inbox.c.seq == bindparam("b_seq"), one_of(inbox.c.state, "new", "leased"))
    .values(state="done", done_at=_NOW)
)
_FREE = or_(
    (inbox.c.state == "new") & (inbox.c.not_before <= _NOW),
    (inbox.c.state == "leased") & (inbox.c.lease_until < _NOW),
)
_WANTED = _wanted()
_WANTED_BY_MANY = _WANTED.with_for_update(skip_locked=True)
_SUSPECT_UNDER_WAY = (
    select(inbox.c.seq)
    .where(
        one_of(inbox.c.state, "new", "leased"),  # the words of the index
        inbox.c.state == "leased",
        inbox.c.attempts > 1,
        inbox.c.lease_until >= _NOW,
    )
    .limit(1)
)
_TAKE = (
    update(inbox)
    .where(inbox.c.seq.in_(bindparam("b_seqs", expanding=True)), _FREE)
    .values(
        state="leased",
        attempts=inbox.c.attempts + 1,
        lease_until=bindparam("b_until", type_=UTCDateTime),
        leased_by=bindparam("b_worker"),
    )
    .returning(inbox.c.seq, inbox.c.dedupe, inbox.c.attempts, inbox.c.aided_at, inbox.c.body_sealed)
)


async def settle(run: Run, seq: int, now: datetime) -> None:
    """The update is done; called inside the transaction that holds its effects.

    Stale when it was done before, by a worker that had been taken for dead: then this transaction
    must not count, or one answer would be given twice.
    """
    done = await run(_SETTLE, {"b_seq": seq, "b_now": now})
    if done.rowcount != 1:
        raise Stale("this update is done already")


async def put_back(
    run: Run, seq: int, worker: str, not_before: datetime, reason: str, counted: bool = True
) -> None:
    """Handling failed: try again later. `reason` is an exception's type, never its text.

    Not `counted` where the update itself is blameless, such as when the database went away.
    """
    await run(
        update(inbox)
        .where(inbox.c.seq == seq, inbox.c.leased_by == worker, inbox.c.state == "leased")
        .values(
            state="new",
            not_before=not_before,
            lease_until=None,
            reason=reason[:64],
            attempts=inbox.c.attempts - (0 if counted else 1),
        )
    )


async def bury(run: Run, seq: int, now: datetime, reason: str) -> bool:
    """Handling failed for good: a dead letter. True when this call made it one."""
    done = await run(
        update(inbox)
        .where(inbox.c.seq == seq, one_of(inbox.c.state, "new", "leased"))
        .values(state="dead", done_at=now, reason=reason[:64])
    )
    return done.rowcount == 1


async def release_all(run: Run, now: datetime) -> None:
    """Give back every lease; only for the start of the one process that owns the database."""
    await run(
        update(inbox)
        .where(inbox.c.state == "leased")
        .values(state="new", not_before=now, lease_until=None)
    )


async def release_mine(run: Run, worker: str, now: datetime) -> None:
    """Give back the leases of one worker that stops, and do not count the broken-off attempt."""
    await run(
        update(inbox)
        .where(inbox.c.state == "leased", inbox.c.leased_by == worker)
        .values(state="new", not_before=now, lease_until=None, attempts=inbox.c.attempts - 1)
    )


async def bring_forward(run: Run, now: datetime) -> None:
    """The clock was set back: what waited for an instant that is now far off waits no more."""
    await run(
        update(inbox).where(inbox.c.state == "new", inbox.c.not_before > now).values(not_before=now)
    )
    await run(
        update(inbox)
        .where(inbox.c.state == "leased", inbox.c.lease_until > now + LEASE)
        .values(lease_until=now + LEASE)
    )


async def clear_bodies(run: Run, before: datetime, limit: int = 1000) -> int:
    """Drop the bodies of updates that were done before an instant; how many."""
    old = (
        select(inbox.c.seq)
        .where(inbox.c.done_at < before, inbox.c.body_sealed.is_not(None))
        .limit(limit)
    )
    cleared = await run(update(inbox).where(inbox.c.seq.in_(old)).values(body_sealed=None))
    return cleared.rowcount


async def drop_old(run: Run, before: datetime, limit: int = 1000) -> int:
    """Forget the oldest rows, where they were done before an instant; how many."""
    oldest = select(inbox.c.seq, inbox.c.done_at).order_by(inbox.c.seq).limit(limit).subquery()
    old = select(oldest.c.seq).where(oldest.c.done_at < before)
    return (await run(delete(inbox).where(inbox.c.seq.in_(old)))).rowcount

"""The outbox: everything to be said, one row each, in the same transaction as its cause."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Integer,
    Select,
    bindparam,
    case,
    delete,
    null,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.messages import Lane
from bot.errors import Undecipherable
from bot.storage.database import Run
from bot.storage.parcels import Entry, Parcel, parcel_of, row_of
from bot.storage.tables import dialog, one_of, outbox, person
from bot.storage.types import UTCDateTime
from bot.telemetry import fault, get_log

_log = get_log("outbox")

LEASE = timedelta(seconds=120)
"""Longer than the longest that a sender keeps a message in hand (bot.delivery.sender)."""


async def put(run: Run, entries: Iterable[Entry], now: datetime) -> None:
    """Queue messages; one whose dedupe key is already there is left out."""
    rows = [row_of(run, entry, now) for entry in entries]
    if not rows:
        return
    await run(_PUT[run.is_sqlite], rows)


async def claim(run: Run, now: datetime, worker: str, limit: int) -> list[Parcel]:
    """Lease up to `limit` waiting rows, strictly by lane, then by age.

    One row a chat at a time, so that a chat with much to hear holds up nobody else; safety rows
    go even while another message of their chat is on its way.
    """
    seqs = [row.seq for row in await run(_READY, {"b_now": now, "b_limit": limit})]
    if not seqs:
        return []
    lease = {"b_seqs": seqs, "b_until": now + LEASE, "b_worker": worker}
    mine = [row.seq for row in await run(_TAKE, lease)]
    parcels = [await _parcel(run, row, now) for row in await run(_TAKEN, {"b_seqs": mine})]
    return [parcel for parcel in parcels if parcel]


async def _parcel(run: Run, row: Any, now: datetime) -> Parcel | None:
    """One claimed row, opened; a row that does not open is refused and costs itself alone."""
    try:
        return parcel_of(run, row)
    except (Undecipherable, ValueError) as error:
        _log.critical("message_unreadable", seq=row.seq, **fault(error))
        end = {"state": "refused", "reason": "unreadable", "done_at": now, "lease_until": None}
        await run(update(outbox).where(outbox.c.seq == row.seq).values(end))
        return None


def _is_live(table: Any) -> Any:
    return one_of(table.c.state, "queued", "sending")


def _ready() -> Select[Any]:
    # One short range scan a lane: rows that wait for a later time are never walked over.
    now, limit = bindparam("b_now", type_=UTCDateTime), bindparam("b_limit", type_=Integer)
    other = outbox.alias("other")
    same_chat = other.c.chat_hash == outbox.c.chat_hash
    on_its_way = other.c.state == "sending"
    in_front = (
        (other.c.state == "queued")
        & (other.c.not_before <= now)
        & (
            (other.c.lane < outbox.c.lane)
            | ((other.c.lane == outbox.c.lane) & (other.c.seq < outbox.c.seq))
        )
    )

    def of(lane: Lane) -> Select[Any]:
        blocked = in_front if lane is Lane.SAFETY else in_front | on_its_way
        ready = (
            select(outbox.c.seq, outbox.c.lane, outbox.c.not_before)
            .where(
                outbox.c.state == "queued",
                outbox.c.lane == int(lane),
                outbox.c.not_before <= now,
                or_(outbox.c.expires_at.is_(None), outbox.c.expires_at > now),
                ~select(other.c.seq).where(same_chat, _is_live(other), blocked).exists(),
            )
            .order_by(outbox.c.not_before, outbox.c.seq)
            .limit(limit)
            .subquery()
        )
        return select(ready.c.seq, ready.c.lane, ready.c.not_before)

    lanes = union_all(*(of(lane) for lane in Lane)).subquery()
    return select(lanes.c.seq).order_by(lanes.c.lane, lanes.c.not_before, lanes.c.seq).limit(limit)


# Built once: putting these statements together took longer than carrying them out, and the sender
# does it for every message.
_PUT = {
    is_sqlite: insert(outbox).on_conflict_do_nothing(index_elements=["dedupe"])
    for is_sqlite, insert in ((True, sqlite.insert), (False, postgresql.insert))
}
_FINISH = (
    update(outbox)
    .where(
        outbox.c.seq == bindparam("b_seq"),
        outbox.c.leased_by == bindparam("b_worker"),
        outbox.c.state == "sending",
    )
    .values(
        state=bindparam("b_state"),
        done_at=bindparam("b_now", type_=UTCDateTime),
        reason=bindparam("b_reason"),
        message_id=bindparam("b_message_id"),
        lease_until=None,
    )
)
_SEQS = outbox.c.seq.in_(bindparam("b_seqs", expanding=True))
_READY = _ready()
_TAKE = (
    update(outbox)
    .where(_SEQS, outbox.c.state == "queued")
    .values(
        state="sending",
        attempts=outbox.c.attempts + 1,
        lease_until=bindparam("b_until", type_=UTCDateTime),
        leased_by=bindparam("b_worker"),
    )
    .returning(outbox.c.seq)
)
_TAKEN = (
    select(outbox, person.c.id.label("p_id"), person.c.chat_sealed.label("p_chat"))
    .select_from(outbox.outerjoin(person, outbox.c.person_id == person.c.id))
    .where(_SEQS)
    .order_by(outbox.c.lane, outbox.c.not_before, outbox.c.seq)
)


async def finish(
    run: Run,
    parcel: Parcel,
    worker: str,
    state: str,
    now: datetime,
    reason: str | None = None,
    message_id: int | None = None,
) -> bool:
    """Write the fate of a message: sent, unknown, refused. False when the lease was lost.

    `reason` is a short code for the log and the operator, never words of a person.
    """
    fate = {"b_state": state, "b_now": now, "b_reason": reason, "b_message_id": message_id}
    done = await run(_FINISH, {"b_seq": parcel.seq, "b_worker": worker, **fate})
    if done.rowcount != 1:
        return False
    # An edit whose message was gone has been sent anew: the dialog lives in the new message now.
    if parcel.dialog_id is not None and message_id not in (None, parcel.message.edits):
        await run(
            update(dialog).where(dialog.c.id == parcel.dialog_id).values(message_id=message_id)
        )
    return True


async def put_back(
    run: Run, parcel: Parcel, worker: str, not_before: datetime, reason: str, counted: bool = True
) -> None:
    """Not sent, or to be sent again: queue it anew, unless a newer edit has overtaken it."""
    newer = outbox.alias("newer")
    overtaken = (
        select(newer.c.seq)
        .where(
            newer.c.dialog_id == parcel.dialog_id,
            newer.c.edits.is_not(None),
            newer.c.seq > parcel.seq,
        )
        .exists()
    )
    is_edit = parcel.message.edits is not None and parcel.dialog_id is not None
    state: Any = case((overtaken, "superseded"), else_="queued") if is_edit else "queued"
    ended: Any = case((overtaken, not_before), else_=null()) if is_edit else null()
    await run(
        update(outbox)
        .where(
            outbox.c.seq == parcel.seq, outbox.c.leased_by == worker, outbox.c.state == "sending"
        )
        .values(
            state=state,
            done_at=ended,
            not_before=not_before,
            lease_until=None,
            reason=reason,
            attempts=outbox.c.attempts - (0 if counted else 1),
        )
    )


async def supersede(run: Run, dialog_id: UUID, now: datetime) -> None:
    """A newer state of the same message is about to be queued: older waiting edits are moot."""
    await run(
        update(outbox)
        .where(
            outbox.c.dialog_id == dialog_id,
            outbox.c.state == "queued",
            outbox.c.edits.is_not(None),
        )
        .values(state="superseded", done_at=now)
    )


async def refuse_all(run: Run, person_id: UUID, now: datetime, reason: str) -> None:
    """A person cannot be reached, or wants no more: drop what waits, but not help and replies."""
    await run(
        update(outbox)
        .where(
            outbox.c.person_id == person_id,
            outbox.c.state == "queued",
            outbox.c.lane > int(Lane.REPLY),
        )
        .values(state="refused", done_at=now, reason=reason)
    )


async def expire(run: Run, now: datetime) -> int:
    """Drop what is too late to be worth saying; how many."""
    late = await run(
        update(outbox)
        .where(outbox.c.state == "queued", outbox.c.expires_at <= now)
        .values(state="expired", done_at=now)
    )
    return late.rowcount


async def rescue(run: Run, now: datetime, everything: bool = False) -> int:
    """Rows whose sender died with them, by lane: said again, or left as of unknown fate.

    `everything` also takes leases that still run, for the start of the only process.
    """
    dead = outbox.c.state == "sending"
    if not everything:
        dead = dead & (outbox.c.lease_until < now)
    at_most_once = [int(lane) for lane in Lane if not lane.repeats_when_unknown]
    lost = await run(
        update(outbox)
        .where(dead, outbox.c.lane.in_(at_most_once))
        .values(state="unknown", done_at=now, lease_until=None, reason="sender_died")
    )
    again = await run(
        update(outbox)
        .where(dead, outbox.c.lane.not_in(at_most_once))
        .values(state="queued", not_before=now, lease_until=None, reason="sender_died")
    )
    return lost.rowcount + again.rowcount


async def bring_forward(run: Run, now: datetime) -> None:
    """The clock was set back: what waited for an instant that is now far off waits no more."""
    await run(
        update(outbox)
        .where(outbox.c.state == "queued", outbox.c.not_before > now)
        .values(not_before=now)
    )
    await run(
        update(outbox)
        .where(outbox.c.state == "sending", outbox.c.lease_until > now + LEASE)
        .values(lease_until=now + LEASE)
    )


async def clear_bodies(run: Run, before: datetime, limit: int = 1000) -> int:
    """Drop bodies and addresses of messages that were done before an instant; how many."""
    old = (
        select(outbox.c.seq)
        .where(outbox.c.done_at < before, outbox.c.body_sealed.is_not(None))
        .limit(limit)
    )
    cleared = await run(
        update(outbox).where(outbox.c.seq.in_(old)).values(body_sealed=null(), chat_sealed=null())
    )
    return cleared.rowcount


async def drop_old(run: Run, before: datetime, limit: int = 1000) -> int:
    """Forget the oldest rows, where they were done before an instant; how many."""
    oldest = select(outbox.c.seq, outbox.c.done_at).order_by(outbox.c.seq).limit(limit).subquery()
    old = select(oldest.c.seq).where(oldest.c.done_at < before)
    return (await run(delete(outbox).where(outbox.c.seq.in_(old)))).rowcount

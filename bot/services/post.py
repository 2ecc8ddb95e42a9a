"""The post room: what waits in the inbox and the outbox, for the loops that work on them."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from bot.clock import Clock
from bot.services.reach import lose
from bot.storage import inbox, outbox, schedules
from bot.storage.database import Database
from bot.storage.inbox import Arrival, Letter
from bot.storage.parcels import Entry, Parcel

RECOMPUTE_AT_ONCE = 500
KEEP_BODIES = timedelta(days=7)
KEEP_ROWS = timedelta(days=30)
"""A row without a body still proves that something was handled or said; then it goes as well."""


class Post:
    """One method a step of the way in and of the way out; each is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def take_in(self, arrivals: Sequence[Arrival]) -> None:
        """Keep updates durably; when this returns, Telegram may be told."""
        async with self._database.begin() as run:
            await inbox.store(run, arrivals, self._clock.now())

    async def aided(self, arrival: Arrival) -> None:
        """First aid has answered this update."""
        async with self._database.begin() as run:
            await inbox.mark_aided(run, arrival, self._clock.now())

    async def next_letters(self, worker: str, limit: int) -> list[Letter]:
        """Lease updates, one a chat at most, and count the attempt."""
        async with self._database.begin() as run:
            return await inbox.claim(run, self._clock.now(), worker, limit)

    async def settle(self, receipt: int) -> None:
        """An update that changed nothing, and needs no answer, is done."""
        async with self._database.begin() as run:
            await inbox.settle(run, receipt, self._clock.now())

    async def try_again(
        self, letter: Letter, worker: str, wait_s: float, reason: str, counted: bool = True
    ) -> None:
        """Handling failed: once more, after a pause in seconds."""
        at = self._clock.now() + timedelta(seconds=wait_s)
        async with self._database.begin() as run:
            await inbox.put_back(run, letter.seq, worker, at, reason, counted)

    async def bury(self, letter: Letter, reason: str, apology: Entry | None) -> bool:
        """Handling failed for good: a dead letter, and an apology in the same transaction."""
        now = self._clock.now()
        async with self._database.begin() as run:
            died = await inbox.bury(run, letter.seq, now, reason)
            if died and apology is not None:
                await outbox.put(run, [apology], now)
        return died

    async def next_parcels(self, worker: str, limit: int) -> list[Parcel]:
        """Lease messages to send, strictly by lane."""
        async with self._database.begin() as run:
            return await outbox.claim(run, self._clock.now(), worker, limit)

    async def sent(self, parcel: Parcel, worker: str, message_id: int | None) -> bool:
        """Telegram has it. False when the lease was lost meanwhile."""
        return await self._finish(parcel, worker, "sent", None, message_id)

    async def given_up(self, parcel: Parcel, worker: str, state: str, reason: str) -> bool:
        """It will not be tried again: `refused`, or `unknown` where twice is worse than never."""
        return await self._finish(parcel, worker, state, reason, None)

    async def _finish(
        self, parcel: Parcel, worker: str, state: str, reason: str | None, message_id: int | None
    ) -> bool:
        now = self._clock.now()
        async with self._database.begin() as run:
            return await outbox.finish(run, parcel, worker, state, now, reason, message_id)

    async def send_later(
        self, parcel: Parcel, worker: str, wait_s: float, reason: str, counted: bool = True
    ) -> None:
        """Not now: queue it anew after a pause in seconds."""
        at = self._clock.now() + timedelta(seconds=wait_s)
        async with self._database.begin() as run:
            await outbox.put_back(run, parcel, worker, at, reason, counted)

    async def unreachable(self, parcel: Parcel, worker: str, reason: str) -> None:
        """Telegram refuses to deliver to this person until they come back."""
        now = self._clock.now()
        async with self._database.begin() as run:
            await outbox.finish(run, parcel, worker, "refused", now, reason)
            if parcel.person_id is not None:
                await lose(run, parcel.person_id, now)

    async def after_a_start(self, alone: bool) -> int:
        """Give back what a process that died had in its hands; `alone` on SQLite."""
        now = self._clock.now()
        async with self._database.begin() as run:
            if alone:
                await inbox.release_all(run, now)
            return await outbox.rescue(run, now, everything=alone)

    async def before_a_stop(self, worker: str) -> None:
        """Give back the updates that were not finished."""
        async with self._database.begin() as run:
            await inbox.release_mine(run, worker, self._clock.now())

    async def rescue(self) -> int:
        """Messages whose lease ran out: their sender is gone."""
        async with self._database.begin() as run:
            return await outbox.rescue(run, self._clock.now())

    async def clock_set_back(self) -> None:
        """Times that were noted by a clock that ran ahead must not hold anything up."""
        now = self._clock.now()
        async with self._database.begin() as run:
            await inbox.bring_forward(run, now)
            await outbox.bring_forward(run, now)
        last: UUID | None = None
        while True:
            async with self._database.begin() as run:
                last = await schedules.recompute(run, now, last, RECOMPUTE_AT_ONCE)
            if last is None:
                return

    async def sweep(self) -> int:
        """Clear bodies seven days after the end and whole rows after thirty; how many.

        One batch of each; to be called until it says 0.
        """
        now = self._clock.now()
        async with self._database.begin() as run:
            cleared = 0
            for box in (inbox, outbox):
                cleared += await box.clear_bodies(run, now - KEEP_BODIES)
                cleared += await box.drop_old(run, now - KEEP_ROWS)
            return cleared

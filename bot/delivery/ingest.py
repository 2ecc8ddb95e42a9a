"""The way in: whatever Telegram hands out is kept durably before Telegram hears that it arrived."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from bot.delivery.bell import Bell
from bot.delivery.first_aid import Aid, FirstAid
from bot.delivery.raw import Raw, arrival_of, private_chat_of, sender_language
from bot.errors import StorageUnavailable, Undecipherable
from bot.services.post import Post
from bot.storage.inbox import Arrival
from bot.storage.spool import Spool
from bot.telemetry import Pulse, fault, get_log

_log = get_log("ingest")

STRAIGHT_TO_SPOOL_S = 2.0
"""After a failure the database is left alone for a moment: each try may wait for its lock."""
TELL_AFTER_S = 10.0
DRAIN_EVERY_S = 1.0


class Ingest:
    """Inbox first, spool when the database is down, refusal when neither holds."""

    def __init__(
        self, post: Post, spool: Spool, first_aid: FirstAid, bell: Bell, pulse: Pulse
    ) -> None:
        self._post = post
        self._spool = spool
        self._first_aid = first_aid
        self._bell = bell
        self._pulse = pulse
        self._down_since_s: float | None = None
        self._rest_until_s = 0.0
        self._turn = asyncio.Lock()  # the spool is drained before anything newer is stored
        self._spooled = True  # there may be batches of an earlier life

    async def take(self, updates: Sequence[Raw]) -> None:
        """Keep updates; StorageUnavailable when they are not kept and must not be confirmed."""
        aids = [self._first_aid.look(update) for update in updates]
        arrivals = []
        for update, aid in zip(updates, aids, strict=True):
            arrival = arrival_of(update, aid=aid is not None)
            arrivals.append(arrival)
            if aid is not None:
                aid.arrival = arrival
        async with self._turn:
            try:
                await self._keep(arrivals)
            finally:
                self._tell(updates)
        await self._kept([aid for aid in aids if aid is not None])
        self._pulse.count("updates_taken", len(updates))
        self._bell.ring()

    async def _keep(self, arrivals: list[Arrival]) -> None:
        if self._loop_s() >= self._rest_until_s and await self._drained():
            try:
                await self._post.take_in(arrivals)
            except StorageUnavailable as error:
                self._database_is_down(error)
            else:
                self._database_is_up()
                return
        await asyncio.to_thread(self._spool.append, arrivals)
        self._spooled = True
        self._pulse.count("updates_spooled", len(arrivals))

    async def _kept(self, aids: list[Aid]) -> None:
        for aid in aids:
            aid.kept = True
            # First aid may have been faster than the inbox: then its mark found no row.
            if aid.done and aid.arrival is not None:
                try:
                    await self._post.aided(aid.arrival)
                except StorageUnavailable as error:
                    _log.warning("aid_not_marked", **fault(error))

    async def drain(self) -> None:
        """Bring what waits on disk into the inbox, for ever; a loop of its own."""
        while True:
            if self._spooled and self._loop_s() >= self._rest_until_s:
                async with self._turn:
                    if await self._drained():
                        self._database_is_up()
                self._bell.ring()
            await asyncio.sleep(DRAIN_EVERY_S)

    async def _drained(self) -> bool:
        """Empty the spool, oldest first; False when the database does not take it.

        A disk that will not give or forget a batch holds up nothing else: what is stored twice is
        one row, and what stays is tried again.
        """
        if not self._spooled:
            return True
        left = False
        for batch in await asyncio.to_thread(self._spool.batches):
            try:
                arrivals = await asyncio.to_thread(self._spool.read, batch)
            except StorageUnavailable as error:
                left = True
                _log.error("spool_unreadable", **fault(error))
                continue
            except Undecipherable as error:
                _log.critical("spool_set_aside", **fault(error))
                await asyncio.to_thread(self._spool.set_aside, batch)
                continue
            try:
                await self._post.take_in([self._first_aid.marked(each) for each in arrivals])
            except StorageUnavailable as error:
                self._database_is_down(error)
                return False
            left |= not await self._removed(batch)
            _log.info("spool_drained", count=len(arrivals))
        self._spooled = left
        return True

    async def _removed(self, batch: Path) -> bool:
        try:
            await asyncio.to_thread(self._spool.remove, batch)
        except StorageUnavailable as error:
            _log.error("spool_not_emptied", **fault(error))
            return False
        return True

    def _database_is_down(self, error: StorageUnavailable) -> None:
        if self._down_since_s is None:
            self._down_since_s = self._loop_s()
            _log.error("database_down", reason=str(error), **fault(error))
        self._rest_until_s = self._loop_s() + STRAIGHT_TO_SPOOL_S

    def _database_is_up(self) -> None:
        if self._down_since_s is not None:
            _log.warning("database_up", after_s=round(self._loop_s() - self._down_since_s, 1))
        self._down_since_s = None

    def _tell(self, updates: Sequence[Raw]) -> None:
        """People who write while nothing can be saved learn so, once an hour."""
        down = self._down_since_s
        if down is None or self._loop_s() - down < TELL_AFTER_S:
            return
        for update in updates:
            chat_id = private_chat_of(update)
            if chat_id is not None:
                self._first_aid.cannot_save(chat_id, sender_language(update))

    @staticmethod
    def _loop_s() -> float:
        return asyncio.get_running_loop().time()

"""The way out: the outbox, strictly by lane, at Telegram's pace, each failure by its kind."""

import asyncio
import secrets

from bot.delivery.bell import Bell
from bot.delivery.carrier import Carrier
from bot.delivery.nursery import Nursery
from bot.delivery.outcomes import Fate, Outcome, policy
from bot.delivery.pace import Pace
from bot.delivery.working import until_written, work_on
from bot.services.post import Post
from bot.storage.parcels import Parcel
from bot.telemetry import Pulse, fault, get_log

_log = get_log("sender")

AT_ONCE = 12
LOOK_EVERY_S = 1.0
"""How often to look without a ring, which only this process's own work can give."""

IN_HAND_S = 100.0
"""No message is kept in hand longer, waiting and sending: its lease would run out at 120 s."""
ALARM_EVERY_S = 60.0

_ENDS = {Fate.UNKNOWN: "unknown", Fate.OVERDUE: "expired"}


class Sender:
    """Claims messages as places become free, so that a late urgent one is never behind many."""

    def __init__(
        self,
        worker: str,
        post: Post,
        carrier: Carrier,
        pace: Pace,
        nursery: Nursery,
        bell: Bell,
        pulse: Pulse,
        at_once: int = AT_ONCE,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._worker = worker
        self._post = post
        self._carrier = carrier
        self._pace = pace
        self._nursery = nursery
        self._bell = bell
        self._pulse = pulse
        self._at_once = at_once
        self._look_every_s = look_every_s
        self._alarm_again_s = 0.0
        # By number: a clock that jumps past a lease must not make us send what we are sending.
        self._in_hand: set[int] = set()

    async def run(self) -> None:
        """Send for ever; a database that is away is waited for."""
        await work_on("sender", self.work_once, self._bell, self._look_every_s)

    async def work_once(self) -> bool:
        """Claim as many messages as there are free places, and start on them; was there any?"""
        if self._pace.held_for_s > 0:
            # Telegram has asked for quiet: what is claimed now would only have to go back.
            await asyncio.sleep(min(self._pace.held_for_s, LOOK_EVERY_S))
            return True
        room = self._at_once - len(self._in_hand)
        parcels = await self._post.next_parcels(self._worker, room) if room else []
        fresh = [parcel for parcel in parcels if parcel.seq not in self._in_hand]
        for parcel in fresh:
            self._in_hand.add(parcel.seq)
            self._nursery.start(self._work(parcel), "message")
        return bool(fresh)

    async def _work(self, parcel: Parcel) -> None:
        try:
            outcome, message_id = await self._carry(parcel)
            await until_written(lambda: self._record(parcel, outcome, message_id))
        finally:
            self._in_hand.discard(parcel.seq)
            self._bell.ring()

    async def _carry(self, parcel: Parcel) -> tuple[Outcome, int | None]:
        try:
            async with asyncio.timeout(IN_HAND_S):
                return await self._carrier.carry(parcel)
        except TimeoutError:
            return Outcome(Fate.UNKNOWN, code="too_slow"), None
        except Exception as error:
            # A message that cannot even be built must not be tried for ever.
            _log.error("message_failed", seq=parcel.seq, **fault(error))
            return Outcome(Fate.REFUSED, code="not_buildable"), None

    def _token_refused(self) -> None:
        now_s = asyncio.get_running_loop().time()
        if now_s >= self._alarm_again_s:
            _log.critical("token_refused")
            self._alarm_again_s = now_s + ALARM_EVERY_S

    async def _record(self, parcel: Parcel, outcome: Outcome, message_id: int | None) -> None:
        lane = parcel.message.lane
        jitter = secrets.randbelow(1000) / 1000
        decision = policy(lane, outcome, parcel.attempts, jitter)
        self._pulse.count(f"send_{outcome.fate.value}")
        if outcome.fate is Fate.TOKEN:
            self._token_refused()
        if decision.next == "sent":
            await self._post.sent(parcel, self._worker, message_id)
            return
        _log.warning("send_failed", seq=parcel.seq, lane=lane.name, code=outcome.code)
        if decision.next == "retry":
            await self._post.send_later(
                parcel, self._worker, decision.wait_s, outcome.code, decision.counts
            )
        elif outcome.fate is Fate.UNREACHABLE:
            await self._post.unreachable(parcel, self._worker, outcome.code)
        else:
            state = _ENDS.get(outcome.fate, "refused")
            await self._post.given_up(parcel, self._worker, state, outcome.code)

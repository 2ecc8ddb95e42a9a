"""Whose message may go now, within Telegram's limits.

Why no sliding second at Telegram ever sees more than `per_second` requests
---------------------------------------------------------------------------
A request is granted at `g`, arrives at Telegram at `a`, and its answer is in at `f`, so that
`g <= a <= f`. We grant only while fewer than `per_second` requests are open (granted, no answer
yet) or were answered less than a second ago. Suppose one second `[t, t + 1)` saw one request too
many. Look at the moment `g` at which the last of them was granted. Each other one was granted
before it, and arrived later than one second before the last one's arrival, hence later than
`g - 1`; its answer came later still. At `g` each of them was therefore open or answered less than
a second ago: `per_second` of them, and we would not have granted. Latency does not enter the
argument. What it needs is that a failed request did not arrive after its failure was known.

The price is one latency a second: `per_second / (1 s + latency)`, 28.3 a second at 60 ms.

Why a 429 stops all chats
-------------------------
Telegram does not say which bucket was full. We keep each chat's own spacing, so it is nearly
always the bot's; going on with other chats makes the halt longer.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from math import inf

from bot.delivery.line import Line, Turn, Waiter
from bot.domain.messages import Lane
from bot.errors import StillwaterError

PER_SECOND = 30  # https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
PER_CHAT_S = 1.0  # the same page: one message a second in a chat
WINDOW_S = 1.0


class Held(StillwaterError):
    """Telegram asked for silence; the message was not sent and should go back to its queue.

    `until_s` is a reading of the pace keeper's own clock, `for_s` the seconds left when raised.
    """

    def __init__(self, until_s: float, for_s: float) -> None:
        super().__init__(f"held for {for_s:.1f} s")
        self.until_s = until_s
        self.for_s = for_s


@dataclass(slots=True)
class _Chat:
    """A chat that was written to just now. `line` holds those who wait for it, never safety."""

    open: int = 0
    free_at_s: float = 0.0
    resting: bool = False
    line: Line = field(default_factory=Line)


class Pace:
    """Grants turns: `per_second` over all, one a chat every `per_chat_s`, lanes strictly in order.

    `now` is a monotonic reading in seconds, by default the running loop's. One event loop, one
    process: workers that share a token divide `per_second` among themselves.
    """

    def __init__(
        self,
        per_second: int = PER_SECOND,
        per_chat_s: float = PER_CHAT_S,
        now: Callable[[], float] | None = None,
    ) -> None:
        if per_second < 1 or per_chat_s < 0:
            raise ValueError("a pace needs at least one message a second and no negative rest")
        self._per_second = per_second
        self._per_chat_s = per_chat_s
        self._clock = now
        self._asked = 0
        self._open = 0
        self._answered: deque[float] = deque()  # when; those of the last second
        self._rests: deque[tuple[float, str]] = deque()  # when a chat's rest ends
        self._chats: dict[str, _Chat] = {}
        self._ready = Line()
        self._bulk_from_s = -inf
        self._held_until_s = -inf
        self._timer: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def turn(self, lane: Lane, chat: str) -> AsyncIterator[Turn]:
        """Wait until this message may go; leave the block when the answer or the failure is in.

        `chat` is any stable name of the chat. Safety waits neither for its chat nor behind others,
        and sits a hold out. Raises Held for all other lanes while a hold is on or when one begins.
        """
        turn = await self._wait(lane, chat)
        try:
            yield turn
        finally:
            self._end(turn, sent=True)

    def hold(self, for_s: float) -> None:
        """Telegram answered 429 with this `retry_after`: nothing goes for so many seconds.

        A hold only ever grows; a shorter one that comes later changes nothing.
        """
        self._held_until_s = max(self._held_until_s, self._now() + for_s)
        lines = [self._ready, *(chat.line for chat in self._chats.values() if chat.line)]
        for waiter in [w for line in lines for w in line if w.lane is not Lane.SAFETY]:
            self._leave(waiter)
            if not waiter.future.done():
                waiter.future.set_result(None)
        self._serve()

    @property
    def held_for_s(self) -> float:
        """Seconds until the present hold ends; 0 when there is none."""
        return max(0.0, self._held_until_s - self._now())

    @property
    def waiting(self) -> int:
        """How many messages wait for their turn."""
        return len(self._ready) + sum(len(chat.line) for chat in self._chats.values())

    @property
    def chats(self) -> int:
        """How many chats are remembered: written to within `per_chat_s`, or waited for."""
        return len(self._chats)

    def _now(self) -> float:
        return self._clock() if self._clock else asyncio.get_running_loop().time()

    async def _wait(self, lane: Lane, chat: str) -> Turn:
        if lane is not Lane.SAFETY:
            self._refuse_if_held()
        self._asked += 1
        future: asyncio.Future[Turn | None] = asyncio.get_running_loop().create_future()
        waiter = Waiter((lane, self._asked), chat, future, self._now())
        self._join(waiter)
        self._serve()
        try:
            turn = await future
        except asyncio.CancelledError:
            self._give_up(waiter)
            raise
        if turn is None:
            raise Held(self._held_until_s, self.held_for_s)
        return turn

    def _refuse_if_held(self) -> None:
        if self.held_for_s > 0:
            raise Held(self._held_until_s, self.held_for_s)

    def _give_up(self, waiter: Waiter) -> None:
        """Leave no trace of a cancelled waiter, whether or not its turn had just been granted."""
        granted = None if waiter.future.cancelled() else waiter.future.result()
        if granted is not None:
            self._end(granted, sent=False)
            return
        self._leave(waiter)
        self._serve()

    # A chat that is free never has its first waiter anywhere but in the ready line.

    def _join(self, waiter: Waiter) -> None:
        chat = self._chats.get(waiter.chat)
        if waiter.lane is Lane.SAFETY or chat is None or not chat.resting:
            self._ready.join(waiter)
        else:
            chat.line.join(waiter)

    def _leave(self, waiter: Waiter) -> None:
        if waiter.line is None:
            return
        waiter.line.leave(waiter)
        self._next_of(waiter.chat)

    def _next_of(self, name: str) -> None:
        """If the chat is free, let its first waiter into the ready line, or forget the chat."""
        chat = self._chats.get(name)
        if chat is None or chat.resting:
            return
        if chat.line:
            self._ready.join(chat.line.pop())
        else:
            del self._chats[name]

    def _serve(self) -> None:
        """Grant whatever may go now, and set the one timer for whatever may go next."""
        now = self._now()
        self._forget(now)
        while self._ready:
            waiter = self._ready.head()
            chat = self._chats.get(waiter.chat)
            if waiter.future.cancelled():  # its task has yet to run and clear up
                self._leave(waiter)
            elif chat is not None and chat.resting and waiter.lane is not Lane.SAFETY:
                chat.line.join(self._ready.pop())
            elif self._free_at(waiter.lane, now) <= now:
                self._grant(self._ready.pop(), now)
            else:
                break
        self._set_timer(now)

    def _forget(self, now: float) -> None:
        while self._answered and self._answered[0] + WINDOW_S <= now:
            self._answered.popleft()
        while self._rests and self._rests[0][0] <= now:
            self._rest_over(self._rests.popleft()[1], now)

    def _rest_over(self, name: str, now: float) -> None:
        chat = self._chats.get(name)
        if chat is not None and chat.open == 0 and chat.free_at_s <= now:
            chat.resting = False
            self._next_of(name)

    def _free_at(self, lane: Lane, now: float) -> float:
        """When the first of this lane may go if nothing else happens; `inf` after the next answer.

        Bulk is spread evenly, so that places in the window come free evenly too, and a reply that
        comes in between waits about one gap; safety and replies may go in bursts.
        """
        place = now
        if self._open + len(self._answered) >= self._per_second:
            place = self._answered[0] + WINDOW_S if self._answered else inf
        gap = self._bulk_from_s if lane >= Lane.CHECKIN else -inf
        return max(place, gap, self._held_until_s)

    def _grant(self, waiter: Waiter, now: float) -> None:
        chat = self._chats.setdefault(waiter.chat, _Chat())
        chat.open += 1
        chat.resting = True
        self._open += 1
        if waiter.lane >= Lane.CHECKIN:
            self._bulk_from_s = now + 1 / self._per_second
        waiter.future.set_result(Turn(waiter.lane, waiter.chat, waiter.asked_at_s, now))

    def _end(self, turn: Turn, *, sent: bool) -> None:
        now = self._now()
        chat = self._chats[turn.chat]
        chat.open -= 1
        self._open -= 1
        if sent:
            self._answered.append(now)
            chat.free_at_s = now + self._per_chat_s
            self._rests.append((chat.free_at_s, turn.chat))
        else:
            self._rest_over(turn.chat, now)
        self._serve()

    def _set_timer(self, now: float) -> None:
        due = self._free_at(self._ready.head().lane, now) if self._ready else inf
        if self._rests:
            due = min(due, self._rests[0][0])
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if due < inf:
            delay_s = max(0.0, due - now)
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._serve)

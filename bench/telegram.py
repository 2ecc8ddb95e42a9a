"""Telegram's side of a measurement: the sandbox in this process, and the people who write."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.clock import MovableClock
from bot.sandbox import acts
from bot.sandbox.faults import FaultKind
from bot.sandbox.orders import Order, SimError
from bot.sandbox.people import FIRST_PERSON_ID
from bot.sandbox.server import serve
from bot.sandbox.world import World

SENDS = frozenset({"sendmessage", "editmessagetext"})


class _Times(dict[int, None]):
    """The numbers of updates handed out, and when."""

    def __init__(self) -> None:
        super().__init__()
        self.at_s: dict[int, float] = {}

    def __setitem__(self, update_id: int, value: None) -> None:
        super().__setitem__(update_id, value)
        self.at_s.setdefault(update_id, time.monotonic())


class Telegram:
    """A world with people who have all written before. Times are monotonic seconds."""

    def __init__(self, world: World, root: str, people: int) -> None:
        self.world = world
        self.root = root
        self._handed_out = _Times()
        world.updates.receipts.handed_out = self._handed_out
        for number in range(people):
            world.people.add(None, "en", FIRST_PERSON_ID + number).started = True

    def slow(self, by_s: float) -> None:
        """Every send is answered so many seconds after it was carried out."""
        self.world.faults.clear()
        self.world.faults.add(FaultKind.SLOW, methods=SENDS, delay_s=by_s)

    def too_many_once(self, retry_after_s: int, then_slow_s: float) -> None:
        """The next send is answered 429, the others slowly."""
        self.world.faults.clear()
        self.world.faults.add(
            FaultKind.TOO_MANY, methods=SENDS, times_left=1, retry_after_s=retry_after_s
        )
        self.world.faults.add(FaultKind.SLOW, methods=SENDS, delay_s=then_slow_s)

    def say(self, person: int, text: str) -> int:
        """Person number so and so (from 0) writes; the number of the update."""
        order = Order({"person": FIRST_PERSON_ID + person, "text": text})
        return int(acts.say(self.world, order)["update_id"])

    def press(self, person: int) -> int | None:
        """They press the first button below the newest message; None where there is none."""
        chat = self.world.chats[FIRST_PERSON_ID + person]
        posts = [post for post in chat.changed_after(0) if post.from_bot]
        if not posts:
            return None
        newest = max(posts, key=lambda post: int(post.body["message_id"]))
        order = Order(
            {
                "person": FIRST_PERSON_ID + person,
                "message_id": newest.body["message_id"],
                "row": 0,
                "column": 0,
            }
        )
        try:
            return int(acts.tap(self.world, order)["update_id"])
        except (SimError, KeyError):
            return None

    def received_at_s(self, update_id: int) -> float | None:
        """When the bot was given an update."""
        return self._handed_out.at_s.get(update_id)

    def sends(self, after: int = 0) -> list[tuple[int, float]]:
        """Person and time of every send and edit carried out, after the first so many."""
        return [
            (send["chat_id"] - FIRST_PERSON_ID, send["at_s"])
            for send in self.world.ledger.sends(after)
        ]

    def arrivals_s(self) -> list[float]:
        """When sends and edits came in, refused ones too."""
        found = self.world.ledger.requests(None)
        names = [name for name in found if name.lower() in SENDS]
        return sorted(at_s for name in names for at_s in found[name]["at_s"])

    async def sent(self, count: int, within_s: float = 120.0) -> None:
        """Wait until so many sends and edits were carried out; TimeoutError when they are not."""
        async with asyncio.timeout(within_s):
            while self.world.ledger.count < count:  # noqa: ASYNC110 - the ledger has no bell
                await asyncio.sleep(0.01)


@asynccontextmanager
async def telegram(people: int) -> AsyncIterator[Telegram]:
    """Serve a fresh world in this process until the block ends."""
    world = World(MovableClock())
    async with serve(world) as root:
        yield Telegram(world, root, people)

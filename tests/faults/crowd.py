"""People for a run: those who only have schedules, and those who write, press and ask for help."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.schedules import EVERY_DAY, WallTime, next_due
from bot.sandbox.chats import Post
from bot.sandbox.orders import SimError
from bot.storage import people, schedules
from bot.storage.database import Run
from bot.storage.opening import open_database
from tests.faults.stage import Stage

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia")
KINDS = ("daily", "nudge")
COMMANDS = ("/checkin", "/checkin", "/today", "/help", "/sos", "/sos", "/start")


def word_of(number: int) -> str:
    """A word that belongs to one person and to nobody else."""
    return f"zq{number:05d}qz"


@dataclass(frozen=True, slots=True)
class Plan:
    """A schedule as it was laid down, to count its occurrences independently afterwards."""

    person: int
    kind: str
    wall: WallTime
    zone: str
    laid_at: datetime

    def occurrences(self, until: datetime) -> list[datetime]:
        """Every instant at which it was due, up to `until`."""
        found: list[datetime] = []
        at = next_due(self.wall, EVERY_DAY, self.zone, self.laid_at)
        while at is not None and at <= until:
            found.append(at)
            at = next_due(self.wall, EVERY_DAY, self.zone, at)
        return found


@dataclass(slots=True)
class Crowd:
    """Everybody in a run. `members` have joined, `strangers` have not."""

    stage: Stage
    chance: random.Random
    members: list[int] = field(default_factory=list)
    strangers: list[int] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    updates: int = 0
    allowed: int = 0
    calls: dict[int, int] = field(default_factory=dict)
    """Calls for help: who sent which update."""

    async def settle(self, members: int, strangers: int, url: str = "") -> None:
        """Put people into the sandbox, and those who have joined into the bot's database."""
        numbers = range(5001, 5001 + members + strangers)
        for number in numbers:
            self.stage.person(number, word_of(number), started=True)
        self.members, self.strangers = list(numbers[:members]), list(numbers[members:])
        opened = await open_database(url or self.stage.url, self.stage.data / "key")
        try:
            async with opened.database.begin() as run:
                for number in self.members:
                    await self._join(run, number)
        finally:
            await opened.database.close()

    async def _join(self, run: Run, number: int) -> None:
        now = self.stage.world.clock.now()
        person = await people.add(run, number, "en", 1, now)
        await people.set_place(run, person.id, self.chance.choice(("DE", "US", "NP")), "UTC")
        await people.set_joined(run, person.id, now)
        for plan in [plan for plan in self.plans if plan.person == number]:
            await schedules.set_daily(
                run, person.id, plan.kind, plan.wall, EVERY_DAY, plan.zone, plan.laid_at
            )

    def plan(self, numbers: Sequence[int], within: timedelta) -> None:
        """A daily and a nudge schedule for each, due within a span from now on; before settle."""
        now = self.stage.world.clock.now()
        for number in numbers:
            for kind in KINDS:
                due = now + within * self.chance.random() + timedelta(minutes=1)
                zone = self.chance.choice(ZONES)
                local = due.astimezone(ZoneInfo(zone))
                wall = WallTime(local.hour, local.minute)
                self.plans.append(Plan(number, kind, wall, zone, now))

    def may_act(self, more: int) -> None:
        """Allow so many more acts: the load goes by the bot's lives, not by the machine's speed."""
        self.allowed += more

    async def live(self, actors: Sequence[int]) -> None:
        """Act at random moments, about eight a second while that is allowed, until cancelled."""
        while True:
            await asyncio.sleep(self.chance.expovariate(8.0))
            if self.updates < self.allowed:
                self.act(self.chance.choice(actors))

    def act(self, person: int) -> None:
        """One thing that this person might do now."""
        choices: list[Callable[[int], int | None]] = [self._press, self._press, self._write]
        if person in self.strangers:
            choices.append(self._begin)
        choices.append(self._command)
        if self.chance.choice(choices)(person) is not None:
            self.updates += 1

    def _called(self, person: int, update_id: int, words: str) -> int:
        if words in ("/sos", "sos"):
            self.calls[update_id] = person
        return update_id

    def _write(self, person: int) -> int | None:
        return self.stage.say(person, f"my word is {word_of(person)}")

    def _begin(self, person: int) -> int | None:
        return self.stage.say(person, self.chance.choice(("/start", "Berlin", "Lagos")))

    def _command(self, person: int) -> int | None:
        words = self.chance.choice(COMMANDS)
        return self._called(person, self.stage.say(person, words), words)

    def _press(self, person: int) -> int | None:
        """Press on: an answer to a question, a note where words are wanted, or anything."""
        post = _newest_card(self.stage, person, "d:" if self.chance.random() < 0.7 else "")
        data = _data_of(post) if post is not None else []
        if post is None or not data:
            return self._command(person)
        steps = [each for each in data if each.startswith("d:")]
        answers = [each for each in steps if "!" not in each or each.endswith("!begin")]
        if steps and not answers:  # only Back and Skip: it waits for words
            return self._write(person)
        chosen = self.chance.choice(answers if answers and self.chance.random() < 0.9 else data)
        try:
            pressed = self.stage.act("tap", person=person, message_id=post.message_id, data=chosen)
        except SimError:  # the card changed under the thumb
            return None
        return self._called(person, int(pressed["update_id"]), chosen)


def _data_of(post: Post) -> list[str]:
    buttons = [button for row in post.inline_keyboard() for button in row]
    return [button["callback_data"] for button in buttons if "callback_data" in button]


def _newest_card(stage: Stage, person: int, start: str) -> Post | None:
    """The newest message with a button whose data begin like this."""
    posts = stage.world.chats[person].changed_after(0)
    cards = [
        post
        for post in posts
        if post.from_bot and any(data.startswith(start) for data in _data_of(post))
    ]
    return max(cards, key=lambda post: post.message_id, default=None)

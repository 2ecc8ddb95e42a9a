"""The kill run: a mixed load, a bot that is killed again and again, and the books afterwards."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bot.domain.messages import Lane
from bot.sandbox.faults import FaultKind
from tests.faults.books import Books, read_books
from tests.faults.checks import Crashes, Findings, examine
from tests.faults.crowd import Crowd
from tests.faults.stage import Life, Stage, stage

SETTLES_WITHIN_S = 120.0
DEAD_STEP_S = (120, 240)  # how far the clock moves while the bot is dead
LIVE_STEP_S = 40  # and while it runs: less than any lease, or leases would run out by it
SLOWNESS_S = (0.0, 0.1, 0.4)  # Telegram has the message, the answer is on its way
DIES_EARLY = 0.15  # this share of lives ends while the bot is still starting
TERM_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class KillPlan:
    """What a run does. `how` is kill, term, stop (SIGSTOP, SIGCONT, then kill) or mixed."""

    kills: int = 200
    seed: int = 1
    how: str = "kill"
    actors: int = 48
    strangers: int = 6
    acts_a_life: int = 8
    lives_s: float = 1.2  # after the start, at most

    @property
    def sleepers(self) -> int:
        """People who have schedules and do nothing."""
        return 20 + self.kills * 2


@dataclass(slots=True)
class KillReport:
    """What a run did and found."""

    seed: int
    ends: dict[str, int] = field(default_factory=dict)
    updates: int = 0
    crashes: Crashes = field(default_factory=Crashes)
    found_in_flight: dict[str, int] = field(default_factory=dict)
    slow_exits: list[str] = field(default_factory=list)
    findings: Findings | None = None
    books: Books | None = None


async def kill_run(plan: KillPlan, folder: Path) -> KillReport:
    """Run it; `folder` must be empty."""
    async with stage(folder) as place:
        run = _Run(plan, place)
        await run.prepare()
        async with run.load():
            for _ in range(plan.kills):
                await run.one_life()
        await run.settle()
        return await run.report_on()


class _Run:
    def __init__(self, plan: KillPlan, place: Stage) -> None:
        self.plan = plan
        self.stage = place
        self.chance = random.Random(plan.seed)  # noqa: S311 - a seed makes a run repeatable
        self.crowd = Crowd(place, random.Random(plan.seed + 1))  # noqa: S311
        self.report = KillReport(plan.seed)

    async def prepare(self) -> None:
        """People, schedules and a first database, before the first start."""
        members = self.plan.actors + self.plan.sleepers
        per_life = timedelta(seconds=sum(DEAD_STEP_S) / 2 + LIVE_STEP_S / 2)
        self.crowd.plan(range(5001, 5001 + members), per_life * self.plan.kills)
        await self.crowd.settle(members, self.plan.strangers)

    @asynccontextmanager
    async def load(self) -> AsyncIterator[None]:
        """The crowd acts for as long as the block lasts."""
        actors = [*self.crowd.members[: self.plan.actors], *self.crowd.strangers]
        async with asyncio.TaskGroup() as group:
            living = group.create_task(self.crowd.live(actors))
            try:
                yield
            finally:
                living.cancel()

    async def one_life(self) -> None:
        """Start, let it work for a while, end it, and note what that broke off."""
        self.stage.world.faults.clear()
        self.crowd.may_act(self.plan.acts_a_life)
        slowness_s = self.chance.choice(SLOWNESS_S)
        if slowness_s:
            self.stage.fault(FaultKind.SLOW, "sendMessage", "editMessageText", delay_s=slowness_s)
        life = await self.stage.start()
        if self.chance.random() < DIES_EARLY:
            await asyncio.sleep(self.chance.uniform(0.05, 1.2))
        else:
            await life.ready()
            if self.chance.random() < 0.5:
                self.stage.world.time.move(timedelta(seconds=LIVE_STEP_S))
            await asyncio.sleep(self.chance.uniform(0.0, self.plan.lives_s))
        await self._end(life)
        self.stage.world.time.move(timedelta(seconds=self.chance.randint(*DEAD_STEP_S)))

    async def _end(self, life: Life) -> None:
        how = self.plan.how
        if how == "mixed":
            how = self.chance.choice(("kill", "kill", "term", "stop"))
        self.report.ends[how] = self.report.ends.get(how, 0) + 1
        if how == "term" and life.events["started"]:
            await self._terminate(life)
            return
        if how == "stop":
            life.signal(signal.SIGSTOP)
            await asyncio.sleep(self.chance.uniform(0.2, 1.0))
            life.signal(signal.SIGCONT)
            await asyncio.sleep(self.chance.uniform(0.0, 0.5))
        await life.kill()
        self.report.crashes.note(self.stage)

    async def _terminate(self, life: Life) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        code = await life.stop(within_s=30.0)
        if code or loop.time() - began > TERM_WITHIN_S:
            self.report.slow_exits.append(f"exit {code} after {loop.time() - began:.1f} s")
        self.report.crashes.note(self.stage)

    async def settle(self) -> None:
        """A last life without faults, until nothing waits any more."""
        self.stage.world.faults.clear()
        life = await self.stage.start()
        await life.ready()
        await self.stage.until(self.stage.quiet, SETTLES_WITHIN_S)
        await self._terminate(life)

    async def report_on(self) -> KillReport:
        """Read the books."""
        world, report = self.stage.world, self.report
        report.updates = self.crowd.updates
        report.crashes.calls = self.crowd.calls
        report.books = await read_books(self.stage.url, self.stage.data, world)
        now = world.clock.now()
        report.findings = examine(report.books, report.crashes, self.crowd.plans, now)
        lanes = {row.seq: row.lane for row in report.books.said}
        for seq, number in report.crashes.in_flight.items():
            name = lanes.get(seq, Lane.REPLY).name.lower()
            report.found_in_flight[name] = report.found_in_flight.get(name, 0) + number
        return report

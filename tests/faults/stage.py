"""A sandbox in this process, and the real bot beside it: started, signalled, never left behind."""

import asyncio
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot import app
from bot.clock import Clock, MovableClock
from bot.sandbox import SANDBOX_TOKEN, World, acts, serve
from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.orders import Order
from bot.settings import Settings, read
from bot.storage.opening import sqlite_url
from tests.faults.books import waiting

ROOT = Path(__file__).parents[2]
RUN = ("-m", "bot", "run")
STARTS_WITHIN_S = 30.0
HOOK = "STILLWATER_TEST_HOOK"


class Life:
    """One process of the bot, from its start to its end. `events` counts the names in its log."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.events: Counter[str] = Counter()
        self.lines: list[str] = []
        self.started = asyncio.Event()
        self._reader = asyncio.ensure_future(self._read())  # noqa: TID251 - awaited in ended()

    async def _read(self) -> None:
        log = self.process.stderr
        assert log is not None
        while line := (await log.readline()).decode("utf-8", "replace"):
            self.lines.append(line)
            name = line.partition('"event": "')[2].partition('"')[0]
            self.events[name] += 1
            if name == "started":
                self.started.set()
        self.started.set()  # or will never be: whoever waits must not wait for ever

    async def ready(self) -> None:
        """Wait until the bot says that it has started; AssertionError with its log if it ends."""
        async with asyncio.timeout(STARTS_WITHIN_S):
            await self.started.wait()
        assert self.events["started"], "".join(self.lines[-5:])

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.returncode is None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to this very process, if it is still there."""
        if self.alive:
            self.process.send_signal(number)

    async def ended(self, within_s: float = 30.0) -> int:
        """Wait for the end; the exit code, negative for a signal."""
        async with asyncio.timeout(within_s):
            code = await self.process.wait()
            await self._reader
        return code

    async def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        await self.ended()

    async def stop(self, within_s: float = 20.0) -> int:
        """SIGTERM; the exit code."""
        self.signal(signal.SIGTERM)
        return await self.ended(within_s)


@dataclass
class Stage:
    """The sandbox's world, its address, and the folder in which the bot keeps its data."""

    world: World
    root: str
    data: Path
    lives: list[Life] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address of the SQLite database."""
        return sqlite_url(self.data)

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.data / "stillwater.db"

    def variables(self, **more: str) -> dict[str, str]:
        """The bot's variables: `send_rate="1000"` becomes STILLWATER_SEND_RATE."""
        given = {
            "token": SANDBOX_TOKEN,
            "api_url": self.root,
            "data_dir": str(self.data),
            "clock_url": f"{self.root}/sim/clock",
            **more,
        }
        return {f"STILLWATER_{name.upper()}": value for name, value in given.items() if value}

    async def start(self, hook: str = "", **more: str) -> Life:
        """Start a bot; with a hook it is the same bot, one place made to fail: wrapped.py."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("STILLWATER_")}
        command = [sys.executable, *(("-m", "tests.faults.wrapped") if hook else RUN)]
        # The kernel ends the bot with us, should we be killed ourselves.
        leash = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        process = await asyncio.create_subprocess_exec(
            *leash,
            *command,
            cwd=ROOT,
            env={**inherited, **self.variables(**more), **({HOOK: hook} if hook else {})},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            limit=1 << 20,
            start_new_session=True,
        )
        life = Life(process)
        self.lives.append(life)
        return life

    @asynccontextmanager
    async def within(self, clock: Clock | None = None, **more: str) -> AsyncIterator[None]:
        """The bot inside this process, by the sandbox's own clock, until the block is left."""
        settings = self.settings(**more)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(app.run(settings, clock or self.world.clock, stop))
            try:
                yield
            finally:
                stop.set()

    def settings(self, **more: str) -> Settings:
        """The bot's settings, for a bot inside this process."""
        return read(self.variables(clock_url="", **more))

    def say(self, person: int, text: str) -> int:
        """A person writes; the update's number."""
        return int(acts.say(self.world, Order({"person": person, "text": text}))["update_id"])

    def act(self, name: str, **fields: Any) -> Any:
        """Any other act of /sim: tap, block, edit …"""
        return getattr(acts, name)(self.world, Order(fields))

    def person(self, number: int, name: str, started: bool = True) -> int:
        """Somebody in the sandbox; `started` when the bot may write to them already."""
        person = self.world.people.add(name, "en", number)
        person.started = started
        return person.id

    def fault(
        self, kind: FaultKind, *methods: str, times: int | None = None, **details: Any
    ) -> Fault:
        """Lay a fault in the way; without methods it hits every request."""
        names = frozenset(name.lower() for name in methods) or None
        return self.world.faults.add(kind, methods=names, times_left=times, **details)

    def texts(self, person: int | None = None) -> list[str]:
        """The texts that were carried out, in order; of one chat or of all."""
        return [
            send["text"]
            for send in self.world.ledger.sends(0)
            if person is None or send["chat_id"] == person
        ]

    def quiet(self) -> bool:
        """Whether nothing waits any more: at Telegram, in the spool, the inbox and the outbox."""
        return (
            not len(self.world.updates)
            and not any(self.data.glob("spool/*.sealed"))
            and waiting(self.database) == (0, 0)
        )

    async def until(self, done: Callable[[], object], within_s: float = 30.0) -> None:
        """Wait until a condition holds; TimeoutError otherwise."""
        async with asyncio.timeout(within_s):
            while not done():  # noqa: ASYNC110 - other processes ring no bell here
                await asyncio.sleep(0.02)

    async def no_life_left(self) -> None:
        """End every process that was started here and still runs."""
        for life in self.lives:
            if life.alive:
                life.signal(signal.SIGKILL)
                life.signal(signal.SIGCONT)
            await life.ended()


@asynccontextmanager
async def stage(folder: Path, clock: MovableClock | None = None) -> AsyncIterator[Stage]:
    """A sandbox on a free port, and a data folder below `folder`."""
    world = World(clock or MovableClock(), webhook_retry_s=0.05)
    async with serve(world) as root:
        found = Stage(world, root, folder / "data")
        try:
            yield found
        finally:
            await found.no_life_left()

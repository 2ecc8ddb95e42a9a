"""The ticker: a handful of fixed ticks, run by APScheduler; what is due is found by looking."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.clock import Clock
from bot.delivery.bell import Bell
from bot.delivery.jumps import Jumps
from bot.delivery.working import to_its_end
from bot.errors import Stale, StorageUnavailable
from bot.services import Services
from bot.services.checkins import Opened
from bot.telemetry import Pulse, fault, get_log

_log = get_log("ticker")

DUE_EVERY_S = 1
TIDY_EVERY_S = 15
SWEEP_EVERY_S = 3600
BEAT_EVERY_S = 10
BATCH = 200
"""Rows a transaction: larger ones are no faster and hold up the loop for longer."""

Tick = Callable[[], Coroutine[Any, Any, None]]


class Ticker:
    """Each tick is one call that asks the tables what is to be done, so none can be missed."""

    def __init__(
        self, services: Services, clock: Clock, system: Clock, sender_bell: Bell, pulse: Pulse
    ) -> None:
        self._services = services
        self._clock = clock
        self._system = system
        self._sender_bell = sender_bell
        self._pulse = pulse
        self._caught_up = False
        self._total = Opened()
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    async def run(self) -> None:
        """Tick for ever."""
        ticks: tuple[tuple[Tick, int], ...] = (
            (self.due, DUE_EVERY_S),
            (self.tidy, TIDY_EVERY_S),
            (self.sweep, SWEEP_EVERY_S),
            (self.beat, BEAT_EVERY_S),
        )
        for tick, every_s in ticks:
            self._scheduler.add_job(
                self._guarded,
                "interval",
                args=(tick,),
                seconds=every_s,
                next_run_time=self._system.now(),
            )
        self._scheduler.start()
        try:
            await self._watch_the_clock()
        finally:
            self._scheduler.shutdown(wait=False)

    async def _guarded(self, tick: Tick) -> None:
        try:
            await to_its_end(tick())
        except (StorageUnavailable, Stale) as error:
            _log.warning("tick_put_off", task=tick.__name__, **fault(error))
        except Exception as error:
            _log.error("tick_failed", task=tick.__name__, **fault(error))

    async def _watch_the_clock(self) -> None:
        """Notice that a clock was set: the machine's, or the one that the house goes by.

        APScheduler would sleep until a clock that was set back catches up, and so would all that
        waits for an instant in the tables.
        """
        machine, house = Jumps(self._system), Jumps(self._clock)
        while True:
            await asyncio.sleep(1)
            if machine.since_last_s():
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=self._system.now())
            jump_s = house.since_last_s()
            if jump_s:
                _log.warning("clock_jumped", after_s=round(jump_s))
            if jump_s < 0:
                await self._guarded(self._services.post.clock_set_back)

    async def due(self) -> None:
        """Open what is due, batch by batch, and report once what the time away had left."""
        while True:
            opened = await self._services.checkins.open_due(BATCH)
            self._total += opened
            if opened.sent:
                self._sender_bell.ring()
            if opened.claimed < BATCH:
                break
        if not self._caught_up:
            self._caught_up = True
            total = self._total
            _log.info(
                "catch_up",
                count=total.claimed,
                late=total.late,
                sent=total.sent,
                skipped=total.skipped,
            )

    async def tidy(self) -> None:
        """Close what is over, drop what came too late, rescue what lost its sender."""
        expired = await self._services.checkins.expire()
        rescued = await self._services.post.rescue()
        if expired or rescued:
            _log.info("tidied", count=expired, sent=rescued)

    async def sweep(self) -> None:
        """Clear what was done long ago: first the bodies, then the rows."""
        cleared = 0
        while batch := await self._services.post.sweep():
            cleared += batch
        _log.info("swept", count=cleared)

    async def beat(self) -> None:
        """Show that the loops turn."""
        self._pulse.beat(self._system.now())

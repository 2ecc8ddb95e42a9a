"""The due table: claim, advance, open the check-in and queue its sealed message (P2, P3).

python -m bench.due --sizes 10000,100000,1000000 --database sqlite,postgresql
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from bench.figures import Figures, percentiles, report, spread, spread_of
from bench.lag import loop_lag
from bench.stores import FIRST_DUE, Load, fill, store, version_of
from bot import telemetry
from bot.clock import Clock, FrozenClock, MovableClock, SystemClock
from bot.delivery.bell import Bell
from bot.delivery.ticker import BATCH, Ticker
from bot.ground import CONTENT
from bot.library import Library
from bot.services import Services, build
from bot.storage.database import Database
from bot.storage.tables import outbox
from bot.telemetry import Pulse

DUE = 10_000
IDLE_TICKS = 200
LEAD_S = 1.7  # the ticker starts so long before the moment at which everything comes due


async def measure(kind: str, size: int, runs: int) -> tuple[Figures, dict[str, str]]:
    """All figures of one database at one size."""
    async with store(kind) as database:
        due = min(DUE, size)
        began = time.perf_counter()
        await fill(database, Load(size, due))
        figures: Figures = {"load_s": round(time.perf_counter() - began, 1)}
        clock = FrozenClock(FIRST_DUE - timedelta(seconds=1))
        services = build(database, clock, Library.load(CONTENT))
        idle_ms = [1000 * await _tick_s(services) for _ in range(IDLE_TICKS)]
        figures["idle_tick_ms"] = percentiles(idle_ms, 3)
        clock.move(timedelta(seconds=2))
        sweeps = []
        for _ in range(runs):
            sweeps.append(await _sweep(services, due))
            clock.move(timedelta(days=1))
        figures["sweep"] = spread_of(sweeps)
        bursts = [await _burst(database, due, runs + day) for day in range(runs)]
        figures["burst"] = spread_of(bursts)
        return figures, await version_of(database)


async def _tick_s(services: Services) -> float:
    began = time.perf_counter()
    opened = await services.checkins.open_due(BATCH)
    assert opened.claimed == 0
    return time.perf_counter() - began


async def _sweep(services: Services, due: int) -> Figures:
    """Everything that is due, batch after batch, with nothing else to do."""
    batch_ms = []
    done = 0
    began_cpu, began = time.process_time(), time.perf_counter()
    while done < due:
        batch_began = time.perf_counter()
        opened = await services.checkins.open_due(BATCH)
        batch_ms.append(1000 * (time.perf_counter() - batch_began))
        assert opened.sent == opened.claimed > 0
        done += opened.sent
    took_s = time.perf_counter() - began
    return {
        "rows_per_s": done / took_s,
        "cpu_us_per_row": 1e6 * (time.process_time() - began_cpu) / done,
        f"batch_of_{BATCH}_ms": spread(batch_ms)["median"],
        f"slowest_batch_of_{BATCH}_ms": max(batch_ms),
    }


async def _burst(database: Database, due: int, day: int) -> Figures:
    """The real ticker, once a second, when everything comes due in one second."""
    system = SystemClock()
    moment = FIRST_DUE + timedelta(days=day)
    clock = MovableClock(system)
    clock.move(moment - timedelta(seconds=LEAD_S) - system.now())
    services = build(database, clock, Library.load(CONTENT))
    last = await _last_row(database)
    async with _working(services, clock), loop_lag() as lag_ms, asyncio.timeout(60):
        await asyncio.sleep(max(0.0, (moment - clock.now()).total_seconds()))
        lag_ms.clear()
        while await _last_row(database) < last + due:  # noqa: ASYNC110 - as an onlooker would
            await asyncio.sleep(0.01)
        took_s = (clock.now() - moment).total_seconds()
        await asyncio.sleep(0.2)  # the sweep that has just found the last of them comes to its end
    queued, people = await _queued_after(database, last)
    return {
        "all_in_outbox_after_s": took_s,
        "loop_lag_ms": percentiles(lag_ms, 2),
        "dropped": due - people,
        "double": queued - people,
    }


@asynccontextmanager
async def _working(services: Services, clock: Clock) -> AsyncIterator[None]:
    """The real ticker at work."""
    with tempfile.TemporaryDirectory() as folder:
        pulse = Pulse(Path(folder) / "heartbeat")
        ticker = Ticker(services, clock, SystemClock(), Bell(), pulse)
        async with asyncio.TaskGroup() as tasks:
            working = tasks.create_task(ticker.run())
            try:
                yield
            finally:
                working.cancel()


async def _last_row(database: Database) -> int:
    async with database.peek() as run:
        return (await run(select(func.max(outbox.c.seq)))).scalar_one() or 0


async def _queued_after(database: Database, last: int) -> tuple[int, int]:
    """Messages queued since, and the people they are for."""
    counts = select(
        func.count().label("queued"), func.count(outbox.c.person_id.distinct()).label("people")
    )
    async with database.peek() as run:
        row = (await run(counts.where(outbox.c.seq > last))).one()
    return row.queued, row.people


async def main() -> None:
    """Measure every database at every size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10000,100000", help="schedules, with commas")
    parser.add_argument("--database", default="sqlite,postgresql")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    telemetry.set_up("CRITICAL", as_json=True)  # the scheduler tells of each tick that it skips
    sizes = [int(size) for size in options.sizes.split(",")]
    figures: Figures = {}
    facts: dict[str, str] = {}
    for kind in options.database.split(","):
        figures[kind] = {}
        for size in sizes:
            figures[kind][f"{size}_schedules"], found = await measure(kind, size, options.runs)
            facts[kind] = found["database"]
        figures[kind]["idle_tick_ratio_largest_to_smallest"] = _ratio(figures[kind], sizes)
    report("due", figures, **facts)


def _ratio(figures: Figures, sizes: list[int]) -> float:
    ticks = [float(figures[f"{size}_schedules"]["idle_tick_ms"]["p50"]) for size in sizes]
    return round(ticks[-1] / ticks[0], 2)


if __name__ == "__main__":
    asyncio.run(main())

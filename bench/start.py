"""From the command to a bot that works, and what it costs while nothing happens (P1, P11).

python -m bench.start --sizes 0,1000000
"""

import argparse
import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path

from bench.bot_process import bot_process
from bench.figures import Figures, report, spread
from bench.stores import Load, fill, sqlite_store
from bench.telegram import telegram
from bot.clock import SystemClock

SETTLE_S = 3.0


async def measure(size: int, runs: int, idle_s: float) -> Figures:
    """Several starts on one database of this size, and one idle stretch."""
    with tempfile.TemporaryDirectory(prefix="stillwater-bench-") as name:
        folder = Path(name)
        async with sqlite_store(folder) as database:
            await fill(database, Load(size, 0), SystemClock().now() + timedelta(days=1))
        file_mb = (folder / "stillwater.db").stat().st_size / 1e6
        async with telegram(people=0) as side:
            starts, memory_mb = [], []
            for _ in range(runs):
                async with bot_process(side.root, folder) as bot:
                    starts.append(bot.started_after_s)
                    await asyncio.sleep(1)
                    memory_mb.append(bot.memory_mb())
            async with bot_process(side.root, folder) as bot:
                await asyncio.sleep(SETTLE_S)
                before_s = bot.cpu_s()
                await asyncio.sleep(idle_s)
                idle_percent = 100 * (bot.cpu_s() - before_s) / idle_s
                return {
                    "database_file_mb": round(file_mb),
                    "start_to_started_line_s": spread(starts),
                    "rss_after_1_s_mb": spread(memory_mb, 1),
                    "idle_percent_of_a_core": round(idle_percent, 2),
                    "rss_after_idle_mb": round(bot.memory_mb(), 1),
                    "peak_rss_mb": round(bot.memory_mb("VmHWM"), 1),
                    "log_warnings": bot.troubles(),
                }


async def main() -> None:
    """Measure every size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="0,1000000", help="schedules, with commas")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--idle-s", type=float, default=30.0)
    options = parser.parse_args()
    figures = {
        f"{size}_schedules": await measure(int(size), options.runs, options.idle_s)
        for size in options.sizes.split(",")
    }
    report("start", figures)


if __name__ == "__main__":
    asyncio.run(main())

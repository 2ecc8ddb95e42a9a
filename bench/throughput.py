"""How many updates a second are handled when many wait, and help in the midst of it (P7, P5).

python -m bench.throughput --updates 2000
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

from sqlalchemy import func, select

from bench.bot_process import bot_process
from bench.figures import Figures, report, spread_of
from bench.latency import Asked
from bench.stores import FIRST_DUE, Load, fill, sqlite_store
from bench.telegram import Telegram, telegram
from bot.storage.database import Database
from bot.storage.tables import inbox

SEND_RATE = 1_000  # Telegram's paid limit: the pace is not what is measured here
CALLS_FOR_HELP = 20
HELP_EVERY_S = 0.15


async def measure(updates: int) -> Figures:
    """A bot that starts and finds this many updates, each of another person."""
    people = updates + CALLS_FOR_HELP
    with tempfile.TemporaryDirectory(prefix="stillwater-bench-") as name:
        folder = Path(name)
        async with sqlite_store(folder) as database:
            await fill(database, Load(0, people), FIRST_DUE)
        async with telegram(people) as side:
            waiting = Asked(side)
            for number in range(updates):
                waiting.one(number, 0 if number % 2 else 3)  # half open a check-in, half look
            async with bot_process(side.root, folder, SEND_RATE) as bot:
                before_s = bot.cpu_s()
                helped = await _help_meanwhile(side, updates)
                await side.sent(updates + CALLS_FOR_HELP)
                cpu_s = bot.cpu_s() - before_s
                await asyncio.sleep(1)
                troubles, peak_mb = bot.troubles(), bot.memory_mb("VmHWM")
            took_ms, missing = helped.answered_ms()
            last_s = max(at_s for _, at_s in side.sends())
        async with sqlite_store(folder) as database:
            handled_s = await _handled_s(database)
    first_s = min(filter(None, (side.received_at_s(each) for _, each in waiting.updates)))
    return {
        "handled_updates_per_s": updates / handled_s,
        "answered_updates_per_s": updates / (last_s - first_s),
        "cpu_ms_per_update_with_its_reply": 1000 * cpu_s / updates,
        "help_receipt_to_call_ms": {
            "p50": sorted(took_ms)[len(took_ms) // 2],
            "max": max(took_ms),
        },
        "help_unanswered": missing,
        "unanswered": waiting.answered_ms()[1],
        "peak_rss_mb": peak_mb,
        "log_warnings": troubles,
    }


async def _help_meanwhile(side: Telegram, first: int) -> Asked:
    helped = Asked(side)
    for number in range(CALLS_FOR_HELP):
        helped.help(first + number)
        await asyncio.sleep(HELP_EVERY_S)
    return helped


async def _handled_s(database: Database) -> float:
    """Seconds from the first update kept to the last one done, by the bot's own table."""
    span = select(
        func.min(inbox.c.received_at).label("first"), func.max(inbox.c.done_at).label("last")
    )
    async with database.peek() as run:
        row = (await run(span)).one()
    return float((row.last - row.first).total_seconds())


async def main() -> None:
    """Measure a few times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--updates", type=int, default=2_000, help="how many wait at the start")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    runs = [await measure(options.updates) for _ in range(options.runs)]
    report("throughput", spread_of(runs), updates_waiting=options.updates)


if __name__ == "__main__":
    asyncio.run(main())

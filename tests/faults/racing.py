"""One of several workers at one due table: `python -m tests.faults.racing`, for F33.

Waits for a line on its input, so that all begin together, then claims until nothing is due and
prints how many it claimed and how often another worker was faster.
"""

import asyncio
import os
import sys

from bot.clock import SystemClock
from bot.errors import Stale
from bot.ground import CONTENT
from bot.library import Library
from bot.services import build
from bot.settings import read
from bot.storage.opening import open_database

BATCH = 100


async def race() -> tuple[int, int]:
    """How many schedules this worker claimed, and how often it came too late."""
    settings = read(os.environ)
    opened = await open_database(settings.database_url or "", settings.key_path)
    services = build(opened.database, SystemClock(), Library.load(CONTENT))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    claimed = stale = 0
    try:
        while True:
            try:
                found = await services.checkins.open_due(BATCH)
            except Stale:
                stale += 1
                continue
            claimed += found.claimed
            if not found.claimed:
                return claimed, stale
    finally:
        await opened.database.close()


if __name__ == "__main__":
    sys.stdout.write("{} {}\n".format(*asyncio.run(race())))

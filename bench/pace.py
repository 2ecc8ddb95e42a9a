"""Sending at Telegram's pace: rate, limit, silence after a 429, urgent messages (P4, P5, P6).

python -m bench.pace --rate 30 --seconds 40
"""

import argparse
import asyncio
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from bench.bot_process import BotProcess, bot_process
from bench.figures import Figures, most_in_a_second, percentiles, report
from bench.latency import Asked
from bench.stores import Load, fill, sqlite_store
from bench.telegram import Telegram, telegram
from bot.clock import SystemClock
from bot.domain.messages import Lane, say
from bot.sandbox.people import FIRST_PERSON_ID
from bot.storage import outbox, people
from bot.storage.database import Database
from bot.storage.parcels import Entry

NUDGES = 10_000
URGENT = 30
LATENCY_S = 0.06
WARM_UP_S = 3.0
RETRY_AFTER_S = 4
ON_ITS_WAY_S = 0.1  # what was sent before the 429 had reached the bot


async def queue_nudges(database: Database, ids: list[UUID]) -> None:
    """A nudge to everybody, queued as the due table queues it."""
    now = SystemClock().now()
    nudge = replace(
        say("nudge-pause", lane=Lane.NUDGE), silent=True, expires_after=timedelta(minutes=60)
    )
    for first in range(0, len(ids), 500):
        async with database.begin() as run:
            entries = [
                Entry(
                    message=nudge,
                    dedupe=f"nudge:{number}",
                    chat_hash=people.chat_hash(run, FIRST_PERSON_ID + number),
                    language="en",
                    person_id=ids[number],
                )
                for number in range(first, min(first + 500, len(ids)))
            ]
            await outbox.put(run, entries, now)


async def flow(side: Telegram, bot: BotProcess, rate: int, seconds: float) -> Figures:
    """What goes out while work waits."""
    await asyncio.sleep(WARM_UP_S)
    before, before_s, began_s = len(side.sends()), bot.cpu_s(), time.monotonic()
    await asyncio.sleep(seconds)
    took_s = time.monotonic() - began_s
    count = len(side.sends()) - before
    return {
        "limit_per_s": rate,
        "sent_per_s": round(count / took_s, 2),
        "most_in_any_second": most_in_a_second(side.arrivals_s()),
        "cpu_ms_per_message": round(1000 * (bot.cpu_s() - before_s) / max(count, 1), 2),
        "percent_of_a_core": round(100 * (bot.cpu_s() - before_s) / took_s, 1),
    }


async def silence(side: Telegram) -> Figures:
    """One 429: what still arrives inside its retry_after."""
    before = len(side.arrivals_s())
    side.too_many_once(RETRY_AFTER_S, LATENCY_S)
    await asyncio.sleep(RETRY_AFTER_S + 3.0)
    told_s = side.arrivals_s()[before]  # the first request after the fault was laid is the 429
    inside = [at for at in side.arrivals_s() if told_s + ON_ITS_WAY_S < at < told_s + RETRY_AFTER_S]
    after = [at for at in side.arrivals_s() if at >= told_s + RETRY_AFTER_S]
    return {
        "retry_after_s": RETRY_AFTER_S,
        "requests_inside": len(inside),
        "first_after_s": round(min(after) - told_s, 3) if after else None,
    }


async def urgent(side: Telegram, database: Database, ids: list[UUID]) -> Figures:
    """Durable safety messages, from their commit to their arrival, behind all the nudges."""
    now_s: dict[int, float] = {}
    for number in range(URGENT):
        person = len(ids) - 1 - number
        async with database.begin() as run:
            entry = Entry(
                message=say("later-ok", lane=Lane.SAFETY),
                dedupe=f"urgent:{number}",
                chat_hash=people.chat_hash(run, FIRST_PERSON_ID + person),
                language="en",
                person_id=ids[person],
            )
            await outbox.put(run, [entry], SystemClock().now())
        now_s[person] = time.monotonic()
        await asyncio.sleep(0.3)
    await asyncio.sleep(1)
    sent = dict(side.sends())  # nobody at the end of the line has had a nudge yet
    took_ms = [1000 * (sent[person] - at_s) for person, at_s in now_s.items() if person in sent]
    return {"commit_to_call_ms": percentiles(took_ms), "missing": URGENT - len(took_ms)}


async def help_now(side: Telegram) -> Figures:
    """/sos, which first aid answers on the raw update."""
    asked = Asked(side)
    for number in range(URGENT):
        asked.help(number)
        await asyncio.sleep(0.3)
    await asyncio.sleep(1)
    took_ms, missing = asked.answered_ms()
    return {"receipt_to_call_ms": percentiles(took_ms), "unanswered": missing}


async def main() -> None:
    """All parts on one bot with one long queue."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=30, help="messages a second allowed")
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--flow-only", action="store_true", help="for high rates")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="stillwater-bench-") as name:
        folder = Path(name)
        async with sqlite_store(folder) as database:
            ids = await fill(database, Load(0, NUDGES), SystemClock().now())
            await queue_nudges(database, ids)
            async with telegram(NUDGES) as side:
                side.slow(LATENCY_S)
                async with bot_process(side.root, folder, options.rate) as bot:
                    figures: Figures = {
                        "flow": await flow(side, bot, options.rate, options.seconds)
                    }
                    if not options.flow_only:
                        figures["after_429"] = await silence(side)
                        figures["most_in_any_second_with_429"] = most_in_a_second(side.arrivals_s())
                        figures["safety_in_outbox"] = await urgent(side, database, ids)
                        figures["help_now"] = await help_now(side)
                    figures["log_warnings"] = bot.troubles()
    report("pace", figures, nudges_waiting=NUDGES, api_latency_ms=round(1000 * LATENCY_S))


if __name__ == "__main__":
    asyncio.run(main())

"""From an update that the bot receives to its reply at the Bot API, at an even rate (P7, P5).

python -m bench.latency --rate 25 --seconds 60
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

from bench.bot_process import BotProcess, bot_process
from bench.figures import Figures, percentiles, report
from bench.stores import FIRST_DUE, Load, fill, sqlite_store
from bench.telegram import Telegram, telegram

PEOPLE = 600
QUIET_S = 3.0
CALLS_FOR_HELP = 40


class Asked:
    """What was asked and when; a person asks again only after their answer."""

    def __init__(self, side: Telegram) -> None:
        self._side = side
        self.updates: list[tuple[int, int]] = []

    def one(self, person: int, turn: int) -> None:
        """One step of a day: open a check-in, answer twice, look at the day."""
        pressed = self._side.press(person) if turn % 4 in (1, 2) else None
        text = "/today" if turn % 4 == 3 else "/checkin"
        update = pressed if pressed is not None else self._side.say(person, text)
        self.updates.append((person, update))

    def help(self, person: int) -> None:
        """A call for help."""
        self.updates.append((person, self._side.say(person, "/sos")))

    def answered_ms(self) -> tuple[list[float], int]:
        """Milliseconds from receipt to the first send to that person, and how many had none."""
        by_person: dict[int, list[float]] = {}
        for person, at_s in self._side.sends():
            by_person.setdefault(person, []).append(at_s)
        took_ms, missing = [], 0
        for person, update in self.updates:
            received_s = self._side.received_at_s(update)
            later = [at for at in by_person.get(person, []) if received_s and at >= received_s]
            if received_s is None or not later:
                missing += 1
            else:
                took_ms.append(1000 * (min(later) - received_s))
        return took_ms, missing


async def even_load(side: Telegram, bot: BotProcess, rate: int, seconds: int) -> Figures:
    """So many updates a second, evenly spaced, from many people in turn."""
    asked = Asked(side)
    loop = asyncio.get_running_loop()
    began_s, before_s = loop.time(), bot.cpu_s()
    total = rate * seconds
    for number in range(total):
        await asyncio.sleep(max(0.0, began_s + number / rate - loop.time()))
        asked.one(number % PEOPLE, number // PEOPLE)
    await asyncio.sleep(QUIET_S)
    took_ms, missing = asked.answered_ms()
    return {
        "receipt_to_reply_ms": percentiles(took_ms),
        "unanswered": missing,
        "updates_per_s": rate,
        "cpu_ms_per_update_with_its_reply": round(1000 * (bot.cpu_s() - before_s) / total, 2),
    }


async def calls_for_help(side: Telegram) -> Figures:
    """/sos from people who do nothing else, while the bot is idle."""
    asked = Asked(side)
    for number in range(CALLS_FOR_HELP):
        asked.help(PEOPLE + number)
        await asyncio.sleep(0.2)
    await asyncio.sleep(1)
    took_ms, missing = asked.answered_ms()
    return {"receipt_to_call_ms": percentiles(took_ms), "unanswered": missing}


async def main() -> None:
    """Idle help first, then the even load."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=25, help="updates a second")
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    people = PEOPLE + CALLS_FOR_HELP
    with tempfile.TemporaryDirectory(prefix="stillwater-bench-") as name:
        folder = Path(name)
        async with sqlite_store(folder) as database:
            await fill(database, Load(0, people), FIRST_DUE)
        async with telegram(people) as side, bot_process(side.root, folder) as bot:
            await asyncio.sleep(2)
            figures = {
                "help_idle": await calls_for_help(side),
                "even": await even_load(side, bot, options.rate, options.seconds),
                "rss_mb": round(bot.memory_mb(), 1),
                "log_warnings": bot.troubles(),
            }
    report("latency", figures)


if __name__ == "__main__":
    asyncio.run(main())

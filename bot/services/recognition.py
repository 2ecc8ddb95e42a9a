"""Who is writing: the person behind a caller, brought back if Telegram had lost them."""

from dataclasses import replace
from datetime import datetime

from bot.domain.callers import Caller
from bot.domain.people import Person
from bot.storage import people, schedules
from bot.storage.database import Run


async def recognise(run: Run, caller: Caller, now: datetime) -> Person | None:
    """The person behind a caller, or None for someone who has not agreed to be kept.

    Whoever writes can be reached: a person who had blocked the bot gets their schedules back.
    """
    person = await people.find(run, caller.chat_id)
    if person is None or not person.unreachable:
        return person
    await people.set_unreachable(run, person.id, None)
    if not person.stopped:
        await schedules.wake(run, person.id, now)
    return replace(person, unreachable=False)

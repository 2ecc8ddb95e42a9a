"""Whether Telegram still delivers to a person."""

from datetime import datetime
from uuid import UUID

from bot.storage import outbox, people, schedules
from bot.storage.database import Run


async def lose(run: Run, person_id: UUID, now: datetime) -> None:
    """Telegram refuses to deliver: schedules sleep and nothing more is tried until they write."""
    await people.set_unreachable(run, person_id, now)
    await schedules.sleep(run, person_id)
    await outbox.refuse_all(run, person_id, now, "unreachable")

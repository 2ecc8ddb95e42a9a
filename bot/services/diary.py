"""The diary: what a person wrote down, by their own days."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.domain import buttons
from bot.domain.callers import Caller
from bot.domain.conversations import Script
from bot.domain.messages import Button, Line, Message, Moment
from bot.domain.people import Person
from bot.domain.schedules import local_day
from bot.services.cards import HELP_ROW
from bot.services.checkins import answer_lines
from bot.services.doors import age_question, not_joined
from bot.services.recognition import recognise
from bot.services.replies import reply
from bot.storage import dialogs
from bot.storage.database import Database, Run


class Diary:
    """Looking at what was kept."""

    def __init__(self, database: Database, clock: Clock, script: Script) -> None:
        self._database = database
        self._clock = clock
        self._script = script

    async def today(self, caller: Caller) -> None:
        """The person's day so far, one block a check-in."""
        now = self._clock.now()
        async with self._database.begin() as run:
            person = await recognise(run, caller, now)
            await reply(run, caller, person, await self._today(run, person, now), now=now)

    async def _today(self, run: Run, person: Person | None, now: datetime) -> Message:
        if person is None or not person.joined:
            return not_joined()
        if person.minor:  # an open question of consent keeps nobody from reading their own words
            return age_question()
        day = local_day(now, person.zone)
        answers = await dialogs.answers_of_day(run, person.id, day)
        # Noon: before 04:00 the day is still yesterday's, and noon exists on every day.
        noon = datetime.combine(day, time(12), ZoneInfo(person.zone)).astimezone(UTC)
        lines = [Line("today-title", {"day": Moment(noon, person.zone, "day", fixed=True)})]
        by_dialog: dict[object, dict[str, str]] = {}
        for each in answers:
            by_dialog.setdefault(each.dialog_id, {})[each.question] = each.value
        for given in by_dialog.values():
            lines.extend(answer_lines(self._script, given))
        if not answers:
            lines.append(Line("today-empty"))
        check_in = Button("label-check-in", action=buttons.CHECK_IN)
        return Message(lines=tuple(lines), rows=((check_in,), HELP_ROW))

"""Check-ins: opened when they are due or asked for, answered in one message, closed when over."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from bot.clock import Clock
from bot.domain.answers import Reason, read_answer
from bot.domain.callers import Caller
from bot.domain.conversations import Event, Script, Status, new_dialog
from bot.domain.messages import Lane, Line, Message, Term, Value, say
from bot.domain.people import Person
from bot.domain.schedules import LATE_AFTER, is_late, local_day
from bot.services.cards import HELP_ROW, offer_card
from bot.services.conversations import Conversations, over_message, refusal
from bot.services.doors import not_joined, unanswered
from bot.services.flows import Scene
from bot.services.recognition import recognise
from bot.services.replies import reply
from bot.storage import dialogs, outbox, schedules
from bot.storage.database import Database, Run
from bot.storage.dialogs import Conversation
from bot.storage.parcels import Entry
from bot.storage.schedules import Due

DAILY = "daily"
SPARES = timedelta(minutes=30)
"""A check-in begun so recently is not closed by one that comes by itself."""


class CheckInFlow:
    """The check-in as a flow of the conversation engine."""

    may_stop = True

    def __init__(self, script: Script) -> None:
        self.script = script

    async def interpret(self, scene: Scene, event: Event) -> Event | Message:
        """Every event of a check-in is plain already."""
        return event

    async def save(self, scene: Scene, question: str, value: str) -> Person:
        """Keep an answer, sealed."""
        await dialogs.save_answer(
            scene.run, scene.conversation, question, value, scene.now, scene.source_message_id
        )
        return scene.person

    async def forget(self, scene: Scene, question: str) -> None:
        """The question was skipped after all."""
        await dialogs.drop_answer(scene.run, scene.conversation, question)

    def values(self, scene: Scene, question: str) -> Mapping[str, Value]:
        """A check-in's questions stand alone."""
        return {}

    async def closing(self, scene: Scene, status: Status) -> Message:
        """What was kept, in words; a question without an answer is shown as such."""
        if status is Status.EXPIRED:
            return over_message(None, "checkin-expired")
        given = await dialogs.answers_of(scene.run, scene.conversation.id)
        opening = self.script.closes_with if status is Status.DONE else "checkin-stopped"
        lines = (Line(opening), *answer_lines(self.script, given))
        return Message(lines=lines, rows=(HELP_ROW,))


def answer_lines(script: Script, given: Mapping[str, str]) -> tuple[Line, ...]:
    """One line a question: the answer, or that it is not known. Never a guess."""
    return tuple(
        _answer_line(script, question.id, given, tight=place > 0)
        for place, question in enumerate(script.questions)
    )


def _answer_line(script: Script, question_id: str, given: Mapping[str, str], tight: bool) -> Line:
    if question_id not in given:
        return Line(f"answer-unknown-{question_id}", tight=tight)
    shown = _shown(script, question_id, given[question_id])
    return Line(f"answer-line-{question_id}", {"value": shown}, tight=tight)


def _shown(script: Script, question_id: str, value: str) -> Value:
    question = script.question(question_id)
    options = question.options if question else ()
    label = next((each.label for each in options if each.value == value), None)
    return Term(label) if label else value


@dataclass(frozen=True, slots=True)
class Opened:
    """What one sweep over the due table did. `late` counts what came over 60 minutes late."""

    claimed: int = 0
    sent: int = 0
    late: int = 0
    skipped: int = 0

    def __add__(self, other: "Opened") -> "Opened":
        return Opened(
            self.claimed + other.claimed,
            self.sent + other.sent,
            self.late + other.late,
            self.skipped + other.skipped,
        )


class CheckIns:
    """Everything that a person, or the clock, can do with check-ins."""

    def __init__(
        self, database: Database, clock: Clock, script: Script, conversations: Conversations
    ) -> None:
        self._database = database
        self._clock = clock
        self._script = script
        self._conversations = conversations

    async def open_now(self, caller: Caller) -> None:
        """The person asks for a check-in, at any time, as often as they like."""
        now = self._clock.now()
        async with self._database.begin() as run:
            person = await recognise(run, caller, now)
            message, dialog_id = await self._opened(run, person, now)
            await reply(run, caller, person, message, now=now, dialog_id=dialog_id)

    async def _opened(
        self, run: Run, person: Person | None, now: datetime
    ) -> tuple[Message, UUID | None]:
        if person is None or not person.joined:
            return not_joined(), None
        if first := unanswered(person):
            return first, None
        conversation, message = await self._conversations.open(run, person, DAILY, now)
        return message, conversation.id

    async def note_changed(self, caller: Caller, text: str, message_id: int) -> bool:
        """A message that had answered a question was edited; False when it had not.

        The new words are read as the question reads them: what does not answer it changes nothing.
        """
        now = self._clock.now()
        async with self._database.begin() as run:
            person = await recognise(run, caller, now)
            if person is None:
                return False
            found = await dialogs.answer_of_message(run, person.id, message_id)
            conversation = await dialogs.find(run, found[0], person.id) if found else None
            if found is None or conversation is None:
                return False
            message = unanswered(person) or await self._change(
                run, conversation, found[1], text, message_id, now
            )
            await reply(run, caller, person, message, now=now)
        return True

    async def _change(
        self,
        run: Run,
        conversation: Conversation,
        question_id: str,
        text: str,
        message_id: int,
        now: datetime,
    ) -> Message:
        question = self._script.question(question_id)
        if conversation.flow != DAILY or question is None:
            return over_message(None)
        value = read_answer(question, text, typed=True)
        if isinstance(value, Reason):
            return refusal(question, value)
        await dialogs.save_answer(run, conversation, question_id, value, now, message_id)
        return say("note-changed")

    async def open_due(self, limit: int) -> Opened:
        """Claim what is due, open its check-ins and queue their messages, in one transaction.

        Over 60 minutes late: one check-in a person and day, no nudges, never a burst.
        """
        now = self._clock.now()
        async with self._database.begin() as run:
            claimed = await schedules.claim_due(run, now, limit)
            wanted, late = _worth_sending(claimed, now)
            entries = await self._open_all(run, [due for due in wanted if due.kind == DAILY], now)
            entries += [_nudge(due, now) for due in wanted if due.kind == "nudge"]
            await outbox.put(run, entries, now)
        return Opened(len(claimed), len(entries), late, len(claimed) - len(entries))

    async def _open_all(self, run: Run, dues: list[Due], now: datetime) -> list[Entry]:
        opened = [(due, self._conversation(due, now)) for due in dues]
        await dialogs.add(run, [conversation for _, conversation in opened])
        new_ids = [conversation.id for _, conversation in opened]
        await dialogs.close_older(run, new_ids, DAILY, spared_since=now - SPARES)
        lasts = timedelta(hours=self._script.lasts_hours)
        return [
            Entry(
                message=replace(
                    offer_card(conversation.id, self._script),
                    lane=Lane.CHECKIN,
                    expires_after=lasts,
                ),
                dedupe=conversation.occurrence or "",
                chat_hash=due.chat_hash,
                language=due.language,
                person_id=due.person_id,
                dialog_id=conversation.id,
            )
            for due, conversation in opened
        ]

    def _conversation(self, due: Due, now: datetime) -> Conversation:
        day = local_day(now, due.zone)
        slot = f"{due.schedule_id.hex}:{due.day.isoformat()}"
        if is_late(due.due_at, now):
            # Unique by person and day, not by slot: two missed slots make one check-in.
            slot = f"late:{due.person_id.hex}:{day.isoformat()}"
        return Conversation(
            id=uuid7(),
            person_id=due.person_id,
            flow=DAILY,
            dialog=new_dialog(self._script),
            day=day,
            opened_at=now,
            expires_at=now + timedelta(hours=self._script.lasts_hours),
            occurrence=f"checkin:{slot}",
        )

    async def expire(self) -> int:
        """Close every conversation whose time is over, and drop messages that came too late."""
        now = self._clock.now()
        async with self._database.begin() as run:
            return await dialogs.expire(run, now) + await outbox.expire(run, now)


def _worth_sending(claimed: list[Due], now: datetime) -> tuple[list[Due], int]:
    late = [due for due in claimed if is_late(due.due_at, now)]
    on_time = [due for due in claimed if not is_late(due.due_at, now)]
    newest = {due.person_id: due for due in late if due.kind == DAILY}
    return on_time + list(newest.values()), len(late)


def _nudge(due: Due, now: datetime) -> Entry:
    # Counted from when it was due: one that is queued late has less time left.
    left = due.due_at + LATE_AFTER - now
    message = replace(say("nudge-pause", lane=Lane.NUDGE), expires_after=left, silent=True)
    return Entry(
        message=message,
        dedupe=f"nudge:{due.schedule_id.hex}:{due.day.isoformat()}",
        chat_hash=due.chat_hash,
        language=due.language,
        person_id=due.person_id,
    )

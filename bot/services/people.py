"""People: joining, stopping, coming back."""

from dataclasses import replace
from datetime import datetime

from bot.clock import Clock
from bot.domain import buttons
from bot.domain.callers import Caller
from bot.domain.messages import Button, Line, Message, Moment, say
from bot.domain.people import CONSENT_VERSION, Person
from bot.library import Library
from bot.services.cards import HELP_ROW
from bot.services.conversations import Conversations
from bot.services.doors import age_question, consent_question, unanswered
from bot.services.flows import Scene
from bot.services.joining import JOIN, TIME
from bot.services.reach import lose
from bot.services.recognition import recognise
from bot.services.replies import reply
from bot.storage import dialogs, outbox, people, schedules
from bot.storage.database import Database, Run


class People:
    """What a person can do about being here at all."""

    def __init__(
        self, database: Database, clock: Clock, library: Library, conversations: Conversations
    ) -> None:
        self._library = library
        self._database = database
        self._clock = clock
        self._conversations = conversations

    async def start(self, caller: Caller) -> None:
        """Begin, go on where joining was left, or come back after a stop."""
        now = self._clock.now()
        async with self._database.begin() as run:
            person = await recognise(run, caller, now)
            message = await self._again(run, person, now) if person else age_question()
            await reply(run, caller, person, message, now=now)

    async def _again(self, run: Run, person: Person, now: datetime) -> Message:
        if first := unanswered(person):
            return first
        if not person.joined:
            return await self._join(run, person, now)
        if person.stopped:
            await people.set_joined(run, person.id, now)
            due = await schedules.wake(run, person.id, now)
            if due is None:  # they had no check-ins: the place is known, the time may be wanted
                _, message = await self._conversations.open(run, person, JOIN, now, at=TIME)
                return message
            return _menu(Line("resumed", {"next": Moment(due, person.zone, fixed=True)}))
        return _menu(Line("welcome-back"))

    async def _join(self, run: Run, person: Person, now: datetime) -> Message:
        found = await dialogs.current(run, person.id, JOIN)
        if found is not None:
            return await self._conversations.resume(Scene(run, person, found, now))
        _, message = await self._conversations.open(run, person, JOIN, now)
        return message

    async def anew(self, caller: Caller) -> None:
        """Another place or time: the first run once more; until its end the old time holds."""
        now = self._clock.now()
        async with self._database.begin() as run:
            person = await recognise(run, caller, now)
            message = age_question() if person is None else unanswered(person)
            if person is not None and message is None:
                _, message = await self._conversations.open(run, person, JOIN, now)
            await reply(run, caller, person, message or age_question(), now=now)

    async def adult(self, caller: Caller) -> None:
        """They say that they are 18 or older: ask for consent, or take an earlier "no" back."""
        now = self._clock.now()
        async with self._database.begin() as run:
            person = await recognise(run, caller, now)
            message = consent_question()
            if person is not None and person.minor:
                await people.set_minor(run, person.id, None)
                person = replace(person, minor=False)
                message = await self._again(run, person, now)
            await reply(run, caller, person, message, now=now)

    async def under_age(self, caller: Caller) -> None:
        """They say that they are younger: help for young people, and nothing is kept.

        From someone who had long joined it ends our messages until they say that they are 18 after
        all; a stray press deletes nothing.
        """
        now = self._clock.now()
        async with self._database.begin() as run:
            known = await recognise(run, caller, now)
            country = known.country if known else None
            person = await self._let_go(run, known, now)
            if person is not None:
                await people.set_minor(run, person.id, now)
            key = "under-age-joined" if person else "under-age"
            lines = (Line(key), *self._library.youth_lines(country))
            rows = (*self._library.youth_rows(country), HELP_ROW)
            await reply(run, caller, person, Message(lines=lines, rows=rows), now=now)

    async def refuse(self, caller: Caller) -> None:
        """They do not agree: nothing is kept, help stays. From someone who has joined: a stop."""
        now = self._clock.now()
        async with self._database.begin() as run:
            person = await recognise(run, caller, now)
            if person is not None and person.minor:
                await reply(run, caller, person, age_question(), now=now)
                return
            person = await self._let_go(run, person, now)
            key = "stopped" if person else "consent-refused"
            await reply(run, caller, person, say(key, rows=(HELP_ROW,)), now=now)

    async def _let_go(self, run: Run, person: Person | None, now: datetime) -> Person | None:
        """Stop somebody who has joined (and give them back); forget who was only about to."""
        if person is not None and person.joined:
            await self._stop(run, person, now)
            return person
        if person is not None:
            await people.erase(run, person.id)
        return None

    async def agree(self, caller: Caller) -> None:
        """They agree: from now on there is a person, and joining goes on.

        Somebody who had agreed to an older text agrees to this one instead.
        """
        now = self._clock.now()
        async with self._database.begin() as run:
            person = await recognise(run, caller, now)
            if person is None:
                person = await people.add(
                    run, caller.chat_id, caller.language, CONSENT_VERSION, now
                )
            if not person.minor and person.consent_version < CONSENT_VERSION:
                await people.set_consent(run, person.id, CONSENT_VERSION, now)
                person = replace(person, consent_version=CONSENT_VERSION)
            await reply(run, caller, person, await self._again(run, person, now), now=now)

    async def stop(self, caller: Caller) -> None:
        """No message by itself any more, nothing left open; what was written down stays."""
        now = self._clock.now()
        async with self._database.begin() as run:
            person = await recognise(run, caller, now)
            if person is not None:
                await self._stop(run, person, now)
            await reply(run, caller, person, say(_stopped(person), rows=(HELP_ROW,)), now=now)

    async def _stop(self, run: Run, person: Person, now: datetime) -> None:
        await schedules.sleep(run, person.id)
        await dialogs.stop_all(run, person.id)
        await outbox.refuse_all(run, person.id, now, "stopped")
        await people.set_stopped(run, person.id, now)

    async def lost(self, caller: Caller) -> None:
        """Telegram says that they blocked the bot: nothing more is sent until they come back."""
        now = self._clock.now()
        async with self._database.begin() as run:
            person = await people.find(run, caller.chat_id)
            if person is not None:
                await lose(run, person.id, now)
            await reply(run, caller, person, now=now)

    async def back(self, caller: Caller) -> None:
        """They unblocked the bot: their schedules go on, without a word."""
        now = self._clock.now()
        async with self._database.begin() as run:
            person = await recognise(run, caller, now)
            await reply(run, caller, person, now=now)


def _menu(line: Line) -> Message:
    check_in = Button("label-check-in", action=buttons.CHECK_IN)
    anew = Button("label-anew", action=buttons.ANEW)
    return Message(lines=(line,), rows=((check_in,), (anew,), HELP_ROW))


def _stopped(person: Person | None) -> str:
    if person is None:
        return "stopped-stranger"
    if person.stopped:
        return "stopped-already"
    return "stopped" if person.joined else "stopped-joining"

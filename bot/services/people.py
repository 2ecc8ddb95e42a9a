"""People: joining, stopping, coming back."""

from bot.clock import Clock
from bot.domain import buttons
from bot.domain.callers import Caller
from bot.domain.messages import Button, Line, Message, Moment, say
from bot.domain.people import CONSENT_VERSION, Person
from bot.library import Library
from bot.services.cards import HELP_ROW
from bot.services.checkins import not_joined
from bot.services.conversations import Conversations
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
            message = _what_this_is() if person is None else await self._again(run, person)
            await reply(run, caller, person, message, now=now)

    async def _again(self, run: Run, person: Person) -> Message:
        now = self._clock.now()
        if not person.joined:
            return await self._join(run, person)
        if person.stopped:
            await people.set_joined(run, person.id, now)
            due = await schedules.wake(run, person.id, now)
            if due is None:  # they had no check-ins: the place is known, the time may be wanted
                _, message = await self._conversations.open(run, person, JOIN, at=TIME)
                return message
            return _menu(Line("resumed", {"next": Moment(due, person.zone, fixed=True)}))
        return _menu(Line("welcome-back"))

    async def _join(self, run: Run, person: Person) -> Message:
        found = await dialogs.current(run, person.id, JOIN)
        if found is not None:
            return await self._conversations.resume(Scene(run, person, found, self._clock.now()))
        _, message = await self._conversations.open(run, person, JOIN)
        return message

    async def adult(self, caller: Caller) -> None:
        """They say that they are 18 or older: ask for consent."""
        await self._say(caller, _consent())

    async def under_age(self, caller: Caller) -> None:
        """They say that they are younger: help for young people, and nothing is kept.

        From someone who had long joined it ends our messages; a stray press deletes nothing.
        """
        now = self._clock.now()
        async with self._database.begin() as run:
            person = await self._let_go(run, caller)
            country = person.country if person else None
            key = "under-age-joined" if person else "under-age"
            lines = (Line(key), *self._library.youth_lines(country))
            rows = (*self._library.youth_rows(country), HELP_ROW)
            await reply(run, caller, person, Message(lines=lines, rows=rows), now=now)

    async def refuse(self, caller: Caller) -> None:
        """They do not agree: nothing is kept, help stays. From someone who has joined: a stop."""
        now = self._clock.now()
        async with self._database.begin() as run:
            person = await self._let_go(run, caller)
            key = "stopped" if person else "consent-refused"
            await reply(run, caller, person, say(key, rows=(HELP_ROW,)), now=now)

    async def _let_go(self, run: Run, caller: Caller) -> Person | None:
        """Stop somebody who has joined (and give them back); forget who was only about to."""
        now = self._clock.now()
        person = await recognise(run, caller, now)
        if person is not None and person.joined:
            await self._stop(run, person)
            return person
        if person is not None:
            await people.erase(run, person.id)
        return None

    async def agree(self, caller: Caller) -> None:
        """They agree: from now on there is a person, and joining goes on."""
        now = self._clock.now()
        async with self._database.begin() as run:
            person = await recognise(run, caller, now)
            if person is None:
                person = await people.add(
                    run, caller.chat_id, caller.language, CONSENT_VERSION, now
                )
            await reply(run, caller, person, await self._again(run, person), now=now)

    async def stop(self, caller: Caller) -> None:
        """No message by itself any more; what was written down stays."""
        now = self._clock.now()
        async with self._database.begin() as run:
            person = await recognise(run, caller, now)
            if person is None:
                await reply(run, caller, None, not_joined(), now=now)
                return
            await self._stop(run, person)
            key = "stopped-already" if person.stopped else "stopped"
            await reply(run, caller, person, say(key, rows=(HELP_ROW,)), now=now)

    async def _stop(self, run: Run, person: Person) -> None:
        now = self._clock.now()
        await schedules.sleep(run, person.id)
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

    async def _say(self, caller: Caller, message: Message) -> None:
        now = self._clock.now()
        async with self._database.begin() as run:
            await reply(run, caller, await recognise(run, caller, now), message, now=now)


def _what_this_is() -> Message:
    rows = (
        (Button("start-yes-adult", action=buttons.ADULT),),
        (Button("start-no-adult", action=buttons.UNDER_AGE),),
        HELP_ROW,
    )
    return say("start-what", rows=rows)


def _consent() -> Message:
    rows = (
        (Button("consent-yes", action=buttons.AGREE),),
        (Button("consent-no", action=buttons.REFUSE),),
        HELP_ROW,
    )
    return say("consent-ask", rows=rows)


def _menu(line: Line) -> Message:
    check_in = Button("label-check-in", action=buttons.CHECK_IN)
    return Message(lines=(line,), rows=((check_in,), HELP_ROW))

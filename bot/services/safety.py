"""Help now: numbers to call, for anybody, at any time."""

from dataclasses import replace

from bot.clock import Clock
from bot.domain.buttons import CHECK_IN
from bot.domain.callers import Caller
from bot.domain.messages import Button, Message
from bot.library import Library
from bot.services.cards import HELP_ROW
from bot.services.doors import start_row
from bot.services.recognition import recognise
from bot.services.replies import reply
from bot.storage import people
from bot.storage.database import Database
from bot.storage.parcels import Entry


def _without_check_in(row: tuple[Button, ...]) -> tuple[Button, ...]:
    return start_row() if any(button.action == CHECK_IN for button in row) else row


class Safety:
    """The durable side of help: first aid answers at once, this makes sure that it was answered."""

    def __init__(self, database: Database, clock: Clock, library: Library) -> None:
        self._database = database
        self._clock = clock
        self._library = library

    async def help_now(self, caller: Caller) -> None:
        """The help card of the person's country, unless first aid has already given it."""
        now = self._clock.now()
        async with self._database.begin() as run:
            person = await recognise(run, caller, now)
            if caller.aided:
                await reply(run, caller, person, now=now)
                return
            card = self._library.help_card(person.country if person else None)
            await reply(run, caller, person, card, now=now)

    async def country_of(self, chat_id: int) -> str | None:
        """The country of somebody who has told it; read without waiting for a writer."""
        async with self._database.peek() as run:
            person = await people.find(run, chat_id)
        return person.country if person else None

    async def say(self, caller: Caller, message: Message) -> None:
        """Say one thing that needs nothing kept: help, "I cannot read this", an apology.

        Whoever has not joined is offered Start in the place of a check-in.
        """
        now = self._clock.now()
        async with self._database.begin() as run:
            person = await recognise(run, caller, now)
            if person is None or not person.joined:
                message = replace(message, rows=tuple(map(_without_check_in, message.rows)))
            await reply(run, caller, person, message, now=now)

    def apology(self, chat_id: int, language: str, receipt: int, message: Message) -> Entry:
        """The apology for an update that could not be handled, with help one press away."""
        return Entry(
            message=replace(message, rows=(HELP_ROW,)),
            dedupe=f"dead:{receipt}",
            chat_hash=self._database.vault.hash(str(chat_id), "chat"),
            language=language,
            chat_id=chat_id,
        )

"""First aid: help that goes out at once, before anything is stored and whatever is broken.

It works on the raw update, in its own task, with its own HTTP pool and with cards that were given
their words at start. It needs no database, consent, queue or template.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from hashlib import sha256

from telegram import Bot
from telegram.constants import ParseMode
from telegram.error import TelegramError

from bot.delivery.keyboards import keyboard_of
from bot.delivery.nursery import Nursery
from bot.delivery.outcomes import Fate, classify
from bot.delivery.raw import Raw, arrival_of, asks_for_help, private_chat_of, sender_language
from bot.domain.messages import say
from bot.library import BUILT_IN_HELP_CARD, Library, Rendered
from bot.storage.inbox import Arrival
from bot.telemetry import Pulse, fault, get_log

_log = get_log("first_aid")

HANDS_OVER_S = 2.0
"""After so long without success the durable way takes over, where there is one."""
GIVES_UP_S = 600.0
REMEMBERED = 2048
WHEREABOUTS_S = 0.25
CANNOT_SAVE_EVERY_S = 3600.0

CountryOf = Callable[[int], Awaitable[str | None]]
Aided = Callable[[Arrival], Awaitable[None]]


@dataclass(slots=True)
class Aid:
    """One call for help under way. `kept` is set once the update is durably stored."""

    chat_id: int
    language: str
    arrival: Arrival | None = None
    kept: bool = False
    done: bool = False


class FirstAid:
    """Answers calls for help on raw updates; `country_of` may be slow or fail without harm."""

    def __init__(
        self,
        bot: Bot,
        library: Library,
        country_of: CountryOf,
        aided: Aided,
        nursery: Nursery,
        pulse: Pulse,
    ) -> None:
        self._bot = bot
        self._country_of = country_of
        self._aided = aided
        self._nursery = nursery
        self._pulse = pulse
        self._library = library
        self._cards = {
            (country, language): library.render(library.help_card(country), language)
            for country in (None, *library.countries)
            for language in library.languages
        }
        self._notices = {
            language: library.render(say("cannot-save"), language) for language in library.languages
        }
        self._told_at_s: dict[int, float] = {}
        self._seen: OrderedDict[bytes, Aid] = OrderedDict()

    def look(self, update: Raw) -> Aid | None:
        """Start helping if this update asks for it; never raises, never waits."""
        try:
            chat_id = private_chat_of(update)
            if chat_id is None or not asks_for_help(update):
                return None
            return self._aid_for(update, chat_id)
        except Exception as error:
            _log.error("first_aid_failed", **fault(error))
            return None

    def _aid_for(self, update: Raw, chat_id: int) -> Aid:
        # Telegram hands an update out again until it is confirmed; it is helped once. The number
        # alone is no name for it: after a quiet week Telegram may start its numbers anywhere.
        key = _name_of(arrival_of(update))
        aid = self._seen.get(key)
        if aid is None:
            aid = Aid(chat_id, self._library.language_for(sender_language(update)))
            self._seen[key] = aid
            if len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
            self._nursery.start(self._help(aid), "first_aid")
        return aid

    async def _help(self, aid: Aid) -> None:
        country = await self._whereabouts(aid.chat_id)
        card = self._cards.get((country, aid.language)) or self._cards[None, aid.language]
        began = asyncio.get_running_loop().time()
        pause_s = 0.2
        while not await self._try(aid.chat_id, card):
            spent = asyncio.get_running_loop().time() - began
            if (aid.kept and spent > HANDS_OVER_S) or spent > GIVES_UP_S:
                _log.error("first_aid_handed_over", after_s=round(spent, 1))
                return
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, 5.0)
        aid.done = True
        self._pulse.count("first_aid_given")
        if aid.arrival is not None:
            await self._aided(aid.arrival)

    def marked(self, arrival: Arrival) -> Arrival:
        """The arrival, with the mark of first aid where it was given while nothing was kept."""
        aid = self._seen.get(_name_of(arrival))
        return replace(arrival, aided=True) if aid is not None and aid.done else arrival

    async def _whereabouts(self, chat_id: int) -> str | None:
        # Not cancelled when it takes too long: a database connection that is being opened would
        # be left behind half open. The look-up has a limit of its own.
        try:
            looking = self._nursery.start(self._look_up(chat_id), "whereabouts")
        except RuntimeError:  # the house is closing; the card needs no country
            return None
        done, _ = await asyncio.wait([looking], timeout=WHEREABOUTS_S)
        if not done:
            _log.warning("whereabouts_unknown", error="TimeoutError")
            return None
        country: str | None = looking.result()
        return country

    async def _look_up(self, chat_id: int) -> str | None:
        try:
            return await self._country_of(chat_id)
        except Exception as error:
            _log.warning("whereabouts_unknown", **fault(error))
            return None

    async def _try(self, chat_id: int, card: Rendered) -> bool:
        """One attempt, plainer where Telegram wants it; True when there is no more to do."""
        try:
            await self._bot.send_message(
                chat_id,
                card.text,
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard_of(card.buttons),
            )
        except TelegramError as error:
            outcome = classify(error)
            if outcome.retry_after_s is not None:
                await asyncio.sleep(outcome.retry_after_s)
                return False
            if outcome.fate.asks_for_another_form or outcome.fate is Fate.REFUSED:
                return await self._try_bare(chat_id, card.plain or BUILT_IN_HELP_CARD)
            _log.warning("first_aid_attempt", code=outcome.code)
            return outcome.fate is Fate.UNREACHABLE
        return True

    async def _try_bare(self, chat_id: int, text: str) -> bool:
        try:
            await self._bot.send_message(chat_id, text[:4096])
        except TelegramError as error:
            _log.error("first_aid_bare", code=classify(error).code)
            return False
        return True

    def cannot_save(self, chat_id: int, language: str) -> None:
        """Tell a person, once an hour at most, that saving fails just now and nothing is lost."""
        now = asyncio.get_running_loop().time()
        if now - self._told_at_s.get(chat_id, -CANNOT_SAVE_EVERY_S) < CANNOT_SAVE_EVERY_S:
            return
        self._told_at_s = {
            chat: at for chat, at in self._told_at_s.items() if now - at < CANNOT_SAVE_EVERY_S
        }
        self._told_at_s[chat_id] = now
        notice = self._notices[self._library.language_for(language)]
        self._nursery.start(self._tell(chat_id, notice), "cannot_save")

    async def _tell(self, chat_id: int, notice: Rendered) -> None:
        await self._try(chat_id, notice)


def _name_of(arrival: Arrival) -> bytes:
    return sha256(arrival.raw.encode()).digest()

"""What every handler is given: the services, the words, and who is writing."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from telegram import Bot as PlainBot
from telegram import CallbackQuery, Update
from telegram.constants import ChatType
from telegram.error import TelegramError
from telegram.ext import Application, CallbackContext, ExtBot

from bot.domain.callers import Caller
from bot.library import Library
from bot.services import Services
from bot.telemetry import get_log

_log = get_log("handlers")

RECEIPT = "stillwater_receipt"
AIDED = "stillwater_aided"
"""Our own marks on an update, put there by the lane over whatever came under the name."""

COURTESY_S = 3.0
"""How long a courtesy may take in all. Telegram turns a press for 150 s without it, no more."""

Data = dict[Any, Any]
Bot = ExtBot[Any]


class House(Application[Bot, "Context", Data, Data, Data, None]):
    """The application, with our services at hand. A failure reaches the lane, which counts it.

    python-telegram-bot would log an error with its text and go on as if the update were handled.
    """

    services: Services
    library: Library
    courtesy_bot: PlainBot
    """Unpaced, with a few connections of its own: for what may as well fail."""
    in_passing: Callable[[Coroutine[Any, Any, None], str], object]
    """Starts what nobody waits for; RuntimeError once the house closes."""

    async def process_error(self, update: object, error: Exception, *_: Any, **__: Any) -> bool:
        """Let the error through."""
        raise error


class Context(CallbackContext[Bot, Data, Data, Data]):
    """Passed to every handler."""

    @property
    def house(self) -> House:
        """The application that this update is handled by."""
        if not isinstance(self.application, House):
            raise TypeError("handlers run in a House")
        return self.application

    @property
    def services(self) -> Services:
        """What a person can do."""
        return self.house.services

    async def leave(self, chat_id: int) -> None:
        """Leave a group, as far as Telegram lets us within three seconds."""
        await _courtesy("leave_refused", lambda: self.house.courtesy_bot.leave_chat(chat_id))

    async def toast(self, query: CallbackQuery, key: str | None = None) -> None:
        """Answer a press, with a short notice or without, as far as Telegram takes it.

        Nothing waits for it: what the press did is done, and the next update is handled.
        """
        house, language = self.house, query.from_user.language_code or ""
        words = house.library.text(key, language) if key else None

        async def answer() -> None:
            await house.courtesy_bot.answer_callback_query(query.id, words)

        with contextlib.suppress(RuntimeError):  # the house closes; the press is done all the same
            house.in_passing(_courtesy("toast_refused", answer), "toast")


async def _courtesy(event: str, call: Callable[[], Awaitable[object]]) -> None:
    """Make a call that may fail; a refusal is logged as `event` and is nobody's failure."""
    try:
        async with asyncio.timeout(COURTESY_S):
            await call()
    except (TelegramError, TimeoutError) as error:
        _log.info(event, error=type(error).__name__)


def receipt_of(update: Update) -> int:
    """The number of the update's inbox row."""
    return int(update.api_kwargs[RECEIPT])


def caller_of(update: Update) -> Caller:
    """Who sent this update; ValueError when it comes from nobody in a private chat."""
    user, chat = update.effective_user, update.effective_chat
    if user is not None:
        chat_id, language = user.id, user.language_code
    elif chat is not None and chat.type == ChatType.PRIVATE:
        chat_id, language = chat.id, None  # a person and their private chat have one number
    else:
        raise ValueError("an update without a sender")
    return Caller(
        chat_id=chat_id,
        language=(language or "en")[:12],
        receipt=receipt_of(update),
        aided=bool(update.api_kwargs.get(AIDED)),
    )

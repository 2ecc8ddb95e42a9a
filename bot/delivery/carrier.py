"""Carrying one message to Telegram: in its words, or in the plainer form that Telegram takes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from telegram import LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.clock import Clock
from bot.delivery.keyboards import keyboard_of
from bot.delivery.outcomes import SENT, Fate, Outcome, classify
from bot.delivery.pace_limiter import Overdue, TurnArgs
from bot.domain.messages import Method
from bot.library import Library, Rendered, split, split_plain
from bot.storage.parcels import Parcel

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
CAPTION_CHARS = 1024
MOST_FORMS = 4
LATER_PART_ATTEMPTS = 3
LATER_PART_PAUSE_S = 2.0

Sent = tuple[Outcome, int | None]


@dataclass(frozen=True, slots=True)
class Form:
    """How a message is put: with markup or without, with buttons or without, new or as an edit."""

    markup: bool = True
    buttons: bool = True
    split: bool = False
    anew: bool = False

    def plainer(self, fate: Fate) -> "Form":
        """The form to try after Telegram did not take this one."""
        match fate:
            case Fate.UNREADABLE:
                return replace(self, markup=False)
            case Fate.TOO_LONG:
                return replace(self, split=True, anew=True)
            case Fate.BAD_BUTTONS:
                return replace(self, buttons=False)
            case _:
                return replace(self, anew=True)


def _pieces(words: Rendered, form: Form) -> list[str]:
    if not form.split:
        return [words.text if form.markup else words.plain]
    return split(words.text) if form.markup else split_plain(words.plain)


class Carrier:
    """Sends parcels through a paced bot. `files` is the folder that attachments lie below.

    `paid` lets Telegram charge for each message, which is what lifts its limit of 30 a second
    (core.telegram.org/bots/faq, "paid broadcasts").
    """

    def __init__(
        self, bot: ExtBot[Any], library: Library, clock: Clock, files: Path, paid: bool = False
    ) -> None:
        self._clock = clock
        self._paid = paid or None
        self._bot = bot
        self._library = library
        self._files = files

    async def carry(self, parcel: Parcel) -> Sent:
        """One attempt, in as many forms as it takes; what became of it, and the message's id."""
        words = self._library.render(parcel.message, parcel.language)
        form = Form()
        for _ in range(MOST_FORMS):
            try:
                return SENT, await self._send(parcel, words, form)
            except Overdue:
                return Outcome(Fate.OVERDUE, code="overdue"), None
            except TelegramError as error:
                outcome = classify(error)
                plainer = form.plainer(outcome.fate)
                if not outcome.fate.asks_for_another_form or plainer == form:
                    return outcome, parcel.message.edits
                form = plainer
        return Outcome(Fate.REFUSED, code="no_form_taken"), None

    def _turn(self, parcel: Parcel) -> TurnArgs:
        expires_at = parcel.expires_at
        return TurnArgs(
            parcel.message.lane, lambda: expires_at is None or self._clock.now() < expires_at
        )

    async def _send(self, parcel: Parcel, words: Rendered, form: Form) -> int | None:
        method = parcel.message.method
        if method is Method.EDIT and not form.anew:
            return await self._edit(parcel, words, form)
        if method in (Method.PHOTO, Method.DOCUMENT):
            return await self._file(parcel, words, form)
        return await self._text(parcel, words, form)

    async def _text(self, parcel: Parcel, words: Rendered, form: Form) -> int:
        pieces = _pieces(words, form)
        message_id = await self._piece(parcel, words, form, pieces[0], is_last=len(pieces) == 1)
        for place, piece in enumerate(pieces[1:], start=2):
            is_last = place == len(pieces)
            message_id = await self._patiently(
                partial(self._piece, parcel, words, form, piece, is_last=is_last)
            )
        return message_id

    async def _patiently(self, send: Callable[[], Awaitable[int]]) -> int:
        """Send a later part; given back to the outbox, the parts before it would be said again."""
        for _ in range(LATER_PART_ATTEMPTS):
            try:
                return await send()
            except TelegramError as error:
                outcome = classify(error)
                if outcome.fate is not Fate.NEVER_SENT:
                    raise
                await asyncio.sleep(outcome.retry_after_s or LATER_PART_PAUSE_S)
        return await send()

    async def _piece(
        self, parcel: Parcel, words: Rendered, form: Form, piece: str, is_last: bool
    ) -> int:
        sent = await self._bot.send_message(
            parcel.chat_id,
            piece,
            parse_mode=ParseMode.HTML if form.markup else None,
            reply_markup=keyboard_of(words.buttons) if form.buttons and is_last else None,
            disable_notification=parcel.message.silent,
            allow_paid_broadcast=self._paid,
            link_preview_options=_NO_PREVIEW,
            rate_limit_args=self._turn(parcel),
        )
        return sent.message_id

    async def _edit(self, parcel: Parcel, words: Rendered, form: Form) -> int | None:
        await self._bot.edit_message_text(
            words.text if form.markup else words.plain,
            chat_id=parcel.chat_id,
            message_id=parcel.message.edits,
            parse_mode=ParseMode.HTML if form.markup else None,
            reply_markup=keyboard_of(words.buttons) if form.buttons else None,
            link_preview_options=_NO_PREVIEW,
            rate_limit_args=self._turn(parcel),
        )
        return parcel.message.edits

    async def _file(self, parcel: Parcel, words: Rendered, form: Form) -> int:
        attachment = parcel.message.attachment
        if attachment is None:
            raise ValueError("a picture or document needs an attachment")
        common: dict[str, Any] = {
            "caption": (words.text if form.markup else words.plain)[:CAPTION_CHARS],
            "parse_mode": ParseMode.HTML if form.markup else None,
            "reply_markup": keyboard_of(words.buttons) if form.buttons else None,
            "disable_notification": parcel.message.silent,
            "allow_paid_broadcast": self._paid,
            "rate_limit_args": self._turn(parcel),
            "filename": attachment.filename,
        }
        # Read here: a file that is gone, met inside the request, would pass for a broken network.
        content = await asyncio.to_thread((self._files / attachment.path).read_bytes)
        if parcel.message.method is Method.PHOTO:
            return (await self._bot.send_photo(parcel.chat_id, content, **common)).message_id
        return (await self._bot.send_document(parcel.chat_id, content, **common)).message_id

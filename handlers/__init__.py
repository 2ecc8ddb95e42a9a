"""The front door: every route, in order, on one screen. The first that fits takes the update."""

import re

from telegram import Update
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    TypeHandler,
    filters,
)

from bot.domain import buttons
from handlers import checkins, help, people, safety
from handlers.context import House

# Private chats only: what is said here concerns one person. An edit triggers no command but help.
_PRIVATE = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
_EDITED = filters.ChatType.PRIVATE & filters.UpdateType.EDITED_MESSAGE
_STOP = filters.Regex(re.compile(r"^\s*stop\s*[.!]*\s*$", re.IGNORECASE))
_SLASH = filters.Regex(r"^\s*[/／]")


def _pressed(*data: str) -> re.Pattern[str]:
    return re.compile("|".join(f"^{re.escape(each)}$" for each in data))


def routes() -> list[BaseHandler]:  # type: ignore[type-arg] # handlers of several update types
    """All routes, first come first."""
    return [
        # Help before everything, whatever else a person is in the middle of.
        MessageHandler((_PRIVATE | _EDITED) & safety.CALLS_FOR_HELP, safety.help_now),
        CallbackQueryHandler(safety.help_pressed, _pressed(buttons.HELP_NOW)),
        # The ways in and out work in every state, so they stand before any conversation.
        CommandHandler("start", people.start, _PRIVATE),
        CommandHandler("help", help.show, _PRIVATE),
        CommandHandler("privacy", help.privacy, _PRIVATE),
        CommandHandler("stop", people.stop, _PRIVATE),
        MessageHandler(_PRIVATE & _STOP, people.stop),
        CommandHandler("checkin", checkins.open_now, _PRIVATE),
        CommandHandler("today", checkins.today, _PRIVATE),
        CallbackQueryHandler(people.joining, _pressed(*people.JOINING)),
        CallbackQueryHandler(checkins.open_now, _pressed(buttons.CHECK_IN)),
        # Conversations: their buttons carry the dialog's id; words go to the one that waits.
        CallbackQueryHandler(checkins.press, r"^d:"),
        CallbackQueryHandler(help.unknown),
        MessageHandler(_PRIVATE & _SLASH, help.unknown),  # an unknown command is never a note
        MessageHandler(_PRIVATE & filters.TEXT, checkins.typed),
        MessageHandler(_EDITED & filters.TEXT, checkins.edited),
        # What cannot be read is said to be so.
        MessageHandler(_PRIVATE, help.cannot_read),
        ChatMemberHandler(people.membership, ChatMemberHandler.MY_CHAT_MEMBER),
        # Groups, channels and news from a later Telegram end here, unanswered but done.
        TypeHandler(Update, help.not_for_us),
    ]


def register(house: House) -> None:
    """Put the routes into an application."""
    house.add_handlers(routes())

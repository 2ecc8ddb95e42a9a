"""Joining, stopping, blocking and coming back."""

from collections.abc import Awaitable, Callable

from telegram import Update
from telegram.constants import ChatMemberStatus, ChatType

from bot.domain import buttons
from bot.services.people import People
from handlers.context import Context, caller_of
from handlers.help import not_for_us

_Act = Callable[[People, Update], Awaitable[None]]

_INSIDE = (ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR)

# Every button of the first run, and what it does.
JOINING: dict[str, _Act] = {
    buttons.START: lambda people, update: people.start(caller_of(update)),
    buttons.ADULT: lambda people, update: people.adult(caller_of(update)),
    buttons.UNDER_AGE: lambda people, update: people.under_age(caller_of(update)),
    buttons.AGREE: lambda people, update: people.agree(caller_of(update)),
    buttons.REFUSE: lambda people, update: people.refuse(caller_of(update)),
    buttons.ANEW: lambda people, update: people.anew(caller_of(update)),
}


async def start(update: Update, context: Context) -> None:
    """/start, with or without a payload."""
    await context.services.people.start(caller_of(update))


async def joining(update: Update, context: Context) -> None:
    """A button of the first run."""
    query = update.callback_query
    if query and query.data:
        await JOINING[query.data](context.services.people, update)
        await context.toast(query)


async def stop(update: Update, context: Context) -> None:
    """/stop: no message by itself any more."""
    await context.services.people.stop(caller_of(update))


async def membership(update: Update, context: Context) -> None:
    """Blocked, unblocked, or added to a group, which is left at once: private chats only."""
    change = update.my_chat_member
    if change is None:
        return
    if change.chat.type != ChatType.PRIVATE:
        if change.new_chat_member.status in _INSIDE:
            await context.leave(change.chat.id)
        await not_for_us(update, context)
        return
    if change.new_chat_member.status == ChatMemberStatus.BANNED:
        await context.services.people.lost(caller_of(update))
    else:
        await context.services.people.back(caller_of(update))

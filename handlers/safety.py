"""Help now."""

from telegram import Message, Update
from telegram.ext import filters

from bot.domain.calls import asks_for_help
from handlers.context import Context, caller_of


class _CallsForHelp(filters.MessageFilter):
    """A text or a caption that first aid takes for a call: both go by the same rule."""

    def filter(self, message: Message) -> bool:
        return asks_for_help(message.text or message.caption or "")


CALLS_FOR_HELP = _CallsForHelp()


async def help_now(update: Update, context: Context) -> None:
    """/sos: the numbers, unless first aid has already given them."""
    await context.services.safety.help_now(caller_of(update))


async def help_pressed(update: Update, context: Context) -> None:
    """The Help now button."""
    await context.services.safety.help_now(caller_of(update))
    if update.callback_query:
        await context.toast(update.callback_query)

"""/help, and everything that is not understood."""

from telegram import Update

from bot.domain import buttons
from bot.domain.messages import Button, Rows, say
from handlers.context import Context, caller_of, receipt_of

_MENU: Rows = (
    (Button("label-help-now", action=buttons.HELP_NOW),),
    (Button("label-check-in", action=buttons.CHECK_IN),),
)


async def show(update: Update, context: Context) -> None:
    """/help."""
    await context.services.safety.say(caller_of(update), say("help-text", rows=_MENU))


async def privacy(update: Update, context: Context) -> None:
    """/privacy."""
    await context.services.safety.say(caller_of(update), say("privacy-text", rows=_MENU))


async def unknown(update: Update, context: Context) -> None:
    """Words, commands and buttons that mean nothing here."""
    await context.services.safety.say(caller_of(update), say("unknown-text", rows=_MENU))
    if update.callback_query:
        await context.toast(update.callback_query, "toast-over")


async def cannot_read(update: Update, context: Context) -> None:
    """Voice, pictures, stickers, places: said honestly, with help one press away."""
    await context.services.safety.say(caller_of(update), say("cannot-read", rows=_MENU))


async def not_for_us(update: Update, context: Context) -> None:
    """Groups, channels, kinds of updates of which we know nothing: done, without a word."""
    await context.services.post.settle(receipt_of(update))

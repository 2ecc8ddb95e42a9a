"""Help now."""

from telegram import Update

from handlers.context import Context, caller_of


async def help_now(update: Update, context: Context) -> None:
    """/sos: the numbers, unless first aid has already given them."""
    await context.services.safety.help_now(caller_of(update))


async def help_pressed(update: Update, context: Context) -> None:
    """The Help now button."""
    await context.services.safety.help_now(caller_of(update))
    if update.callback_query:
        await context.toast(update.callback_query)

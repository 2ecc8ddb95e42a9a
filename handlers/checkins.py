"""Check-ins: asked for, pressed through, typed into, and looked at."""

from telegram import Update

from bot.domain import buttons
from handlers.context import Context, caller_of
from handlers.help import not_for_us, unknown


async def open_now(update: Update, context: Context) -> None:
    """/checkin, or its button."""
    await context.services.checkins.open_now(caller_of(update))
    if update.callback_query:
        await context.toast(update.callback_query)


async def press(update: Update, context: Context) -> None:
    """A button of a conversation: an answer, or a way through it."""
    query = update.callback_query
    if query is None or query.data is None:
        return
    pressed = buttons.unpack(query.data)
    if pressed is None:
        await unknown(update, context)
        return
    message_id = query.message.message_id if query.message else None
    toast = await context.services.conversations.press(caller_of(update), pressed, message_id)
    await context.toast(query, toast)


async def typed(update: Update, context: Context) -> None:
    """Words: they belong to the conversation that waits for them, else they are not understood."""
    message = update.effective_message
    if message is None or message.text is None:
        return
    caller = caller_of(update)
    if not await context.services.conversations.typed(caller, message.text, message.message_id):
        await unknown(update, context)


async def edited(update: Update, context: Context) -> None:
    """An own message was changed: if it had answered a question, the answer changes with it."""
    message = update.edited_message
    caller = caller_of(update)
    if message is None or message.text is None:
        return
    if not await context.services.checkins.note_changed(caller, message.text, message.message_id):
        await not_for_us(update, context)


async def today(update: Update, context: Context) -> None:
    """/today."""
    await context.services.diary.today(caller_of(update))

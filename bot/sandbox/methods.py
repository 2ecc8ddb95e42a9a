"""The methods that the sandbox emulates; names are taken without regard to case, as on Telegram."""

from collections.abc import Callable
from typing import Any

from bot.sandbox import answering, editing, fetching, sending, settings
from bot.sandbox.parameters import Call
from bot.sandbox.world import World

Handler = Callable[[World, Call], Any]

GET_UPDATES = "getUpdates"

HANDLERS: dict[str, Handler] = {
    "getMe": settings.get_me,
    "logOut": settings.say_goodbye,
    "close": settings.say_goodbye,
    GET_UPDATES: fetching.poll_updates,
    "setWebhook": fetching.set_webhook,
    "deleteWebhook": fetching.delete_webhook,
    "getWebhookInfo": fetching.webhook_info,
    "sendMessage": sending.send_message,
    "sendPhoto": sending.send_photo,
    "sendDocument": sending.send_document,
    "sendVoice": sending.send_voice,
    "copyMessage": sending.copy_message,
    "forwardMessage": sending.forward_message,
    "editMessageText": editing.edit_text,
    "editMessageCaption": editing.edit_caption,
    "editMessageReplyMarkup": editing.edit_markup,
    "deleteMessage": editing.delete_message,
    "deleteMessages": editing.delete_messages,
    "setMessageReaction": editing.set_reaction,
    "pinChatMessage": editing.pin,
    "unpinChatMessage": editing.unpin,
    "unpinAllChatMessages": editing.unpin_all,
    "answerCallbackQuery": answering.answer_callback,
    "sendChatAction": answering.chat_action,
    "getChat": answering.get_chat,
    "getFile": answering.get_file,
    "leaveChat": answering.leave_chat,
    "setMyCommands": settings.set_commands,
    "getMyCommands": settings.get_commands,
    "deleteMyCommands": settings.delete_commands,
    "setMyDescription": settings.set_description,
    "getMyDescription": settings.get_description,
    "setMyShortDescription": settings.set_short_description,
    "getMyShortDescription": settings.get_short_description,
}

"""Methods around a conversation that put no message into it."""

from typing import Any

from bot.sandbox.chats import Json
from bot.sandbox.entities import utf16_length
from bot.sandbox.files import DOWNLOAD_MAX_BYTES
from bot.sandbox.parameters import Call
from bot.sandbox.refusals import QUERY_TOO_OLD, bad_request
from bot.sandbox.world import World

# answerCallbackQuery: "0-200 characters".
TOAST_MAX_UNITS = 200
ACTIONS = frozenset(
    {
        "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
        "upload_document", "choose_sticker", "find_location", "record_video_note",
        "upload_video_note",
    }
)  # fmt: skip


def answer_callback(world: World, call: Call) -> bool:
    """Answer a press within 150 seconds of the sandbox's clock."""
    query = world.callbacks.find(str(call.values.get("callback_query_id", "")))
    if query is None:
        raise bad_request(QUERY_TOO_OLD)
    text = call.text("text")
    if utf16_length(text) > TOAST_MAX_UNITS:
        raise bad_request("MESSAGE_TOO_LONG")
    world.callbacks.answer(query, text, call.flag("show_alert"))
    world.events.publish("toast", person=query.person)
    return True


def chat_action(world: World, call: Call) -> bool:
    """Show "is typing" and the like."""
    person = world.reachable(call.values.get("chat_id"))
    if call.text("action").lower() not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    world.events.publish("typing", person=person.id)
    return True


def get_chat(world: World, call: Call) -> Json:
    """The private chat as a ChatFullInfo."""
    person = world.known(call.values.get("chat_id"))
    return {
        **person.chat(),
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }


def get_file(world: World, call: Call) -> Json:
    """The path under which a file of at most 20 MB can be fetched."""
    stored = world.files.by_id(call.text("file_id"))
    if stored is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(stored.upload.content) > DOWNLOAD_MAX_BYTES:
        raise bad_request("file is too big")
    return {**stored.descriptor(), "file_path": stored.path}


def leave_chat(world: World, call: Call) -> Any:
    """Private chats cannot be left."""
    world.known(call.values.get("chat_id"))
    raise bad_request("chat member status can't be changed in private chats")

"""Methods that put a new message into a chat."""

import re
from typing import Any

from bot.sandbox.chats import Json, Post
from bot.sandbox.files import StoredFile
from bot.sandbox.keyboards import Markup
from bot.sandbox.parameters import Call
from bot.sandbox.people import Person
from bot.sandbox.refusals import bad_request
from bot.sandbox.texts import caption, message_text
from bot.sandbox.world import World

# Fields that a copy takes along.
_COPIED = (
    "text", "entities", "caption", "caption_entities", "photo", "document", "voice", "sticker",
    "contact", "location",
)  # fmt: skip


def _send(world: World, call: Call, content: Json, markup: Markup) -> Json:
    person = world.reachable(call.values.get("chat_id"))
    quoted = _quoted(world, call, person)
    flags = {"has_protected_content": True} if call.flag("protect_content") else {}
    post = world.post_of_bot(person, {**quoted, **content, **markup.body(), **flags}, markup.labels)
    world.ledger.executed(call.method, post.body, post.body["date"])
    return post.body


def _quoted(world: World, call: Call, person: Person) -> Json:
    reply = call.values.get("reply_parameters")
    if not reply:
        return {}
    if "message_id" not in reply:
        raise bad_request('can\'t find field "message_id"')
    number = reply["message_id"]
    post = world.chats[person.id].find(number) if isinstance(number, int) else None
    if post is not None:
        original = {k: v for k, v in post.body.items() if k != "reply_to_message"}
        return {"reply_to_message": original}
    if reply.get("allow_sending_without_reply") is True:
        return {}
    raise bad_request("message to be replied not found")


def send_message(world: World, call: Call) -> Json:
    """Send a text of 1-4096 UTF-16 units."""
    content = message_text(call)
    options = call.values.get("link_preview_options")
    if options:
        content["link_preview_options"] = options
    return _send(world, call, content, Markup(call.values.get("reply_markup")))


def _stored(world: World, call: Call, kind: str) -> StoredFile:
    given = call.file(kind)
    if given is None:
        raise bad_request(f"there is no {kind} in the request")
    if not isinstance(given, str):
        return world.files.store(given, kind)
    if re.match(r"https?://", given):
        raise bad_request("failed to get HTTP URL content")
    stored = world.files.by_id(given)
    if stored is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if stored.path.partition("/")[0] != f"{kind}s":
        raise bad_request("type of file mismatch")
    return stored


def _send_file(world: World, call: Call, kind: str) -> Json:
    # The chat first: a file for somebody who cannot be reached is not kept.
    world.reachable(call.values.get("chat_id"))
    text = caption(call)
    markup = Markup(call.values.get("reply_markup"))
    stored = _stored(world, call, kind)
    return _send(world, call, {kind: _shown(stored, kind, call), **text}, markup)


def _shown(stored: StoredFile, kind: str, call: Call) -> Any:
    shown = stored.descriptor()
    if kind == "photo":
        return [{**shown, "width": stored.width, "height": stored.height}]
    if kind == "voice":
        return {**shown, "duration": call.integer("duration"), "mime_type": stored.upload.mime}
    return {**shown, "file_name": stored.upload.name, "mime_type": stored.upload.mime}


def send_photo(world: World, call: Call) -> Json:
    """Send a PNG or JPEG of at most 10 MB with a caption of 0-1024 units."""
    return _send_file(world, call, "photo")


def send_document(world: World, call: Call) -> Json:
    """Send a file of at most 50 MB with a caption of 0-1024 units."""
    return _send_file(world, call, "document")


def send_voice(world: World, call: Call) -> Json:
    """Send a voice note with a caption of 0-1024 units."""
    return _send_file(world, call, "voice")


def _original(world: World, call: Call, what: str) -> Post:
    source = world.known(call.values.get("from_chat_id"))
    post = world.chats[source.id].find(call.integer("message_id"))
    if post is None:
        raise bad_request(f"message to {what} not found")
    return post


def copy_message(world: World, call: Call) -> Json:
    """Send the content of a message again; returns a MessageId."""
    post = _original(world, call, "copy")
    content = {name: post.body[name] for name in _COPIED if name in post.body}
    sent = _send(world, call, content, Markup(call.values.get("reply_markup")))
    return {"message_id": sent["message_id"]}


def forward_message(world: World, call: Call) -> Json:
    """Forward a message with its origin."""
    post = _original(world, call, "forward")
    content = {name: post.body[name] for name in _COPIED if name in post.body}
    content["forward_origin"] = {
        "type": "user",
        "sender_user": post.body["from"],
        "date": post.body["date"],
    }
    return _send(world, call, content, Markup(None))

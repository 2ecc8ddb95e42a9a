"""Methods that change or remove a message that is already there."""

from typing import Any

from bot.sandbox.chats import Json, Post
from bot.sandbox.keyboards import Markup, same_keyboard
from bot.sandbox.parameters import Call
from bot.sandbox.people import Person
from bot.sandbox.refusals import NOT_MODIFIED, bad_request
from bot.sandbox.texts import caption, message_text
from bot.sandbox.world import World

# deleteMessage: "a message can only be deleted if it was sent less than 48 hours ago".
DELETABLE_S = 48 * 3600
# Some of the emoji that ReactionTypeEmoji lists; real Telegram takes about 70.
REACTIONS = frozenset("👍👎❤🔥🎉👏😁🤔😢🙏👌🤝🤗💯⚡🏆💔😴✍🫡🥰🤩🕊👀🆒💘")


def _target(world: World, call: Call, what: str = "edit") -> tuple[Person, Post]:
    if call.text("inline_message_id"):
        raise bad_request("the sandbox does not emulate inline messages")
    person = world.reachable(call.values.get("chat_id"))
    number = call.integer("message_id")
    if number <= 0:
        raise bad_request("message identifier is not specified")
    post = world.chats[person.id].find(number)
    if post is None:
        raise bad_request(f"message to {what} not found")
    return person, post


def _change(world: World, call: Call, fields: tuple[str, ...], content: Json) -> Json:
    """Replace some fields and the inline keyboard of the bot's own message."""
    markup = Markup(call.values.get("reply_markup"))
    if markup.labels is not None:
        raise bad_request("inline keyboard expected")
    _, post = _target(world, call)
    if not post.from_bot:
        raise bad_request("message can't be edited")
    if fields and fields[0] == "text" and "text" not in post.body:
        raise bad_request("there is no text in the message to edit")
    if fields and fields[0] == "caption" and "text" in post.body:
        raise bad_request("there is no caption in the message to edit")
    same = all(post.body.get(name) == content.get(name) for name in fields)
    if same and same_keyboard(post.inline_keyboard(), markup.inline):
        raise bad_request(NOT_MODIFIED)
    kept = {k: v for k, v in post.body.items() if k not in {*fields, "reply_markup", "edit_date"}}
    post.body = {**kept, "edit_date": world.date(), **content, **markup.body()}
    post.edited = True
    world.touch(post)
    world.ledger.executed(call.method, post.body, post.body["edit_date"])
    return post.body


def edit_text(world: World, call: Call) -> Json:
    """Replace text and inline keyboard."""
    return _change(world, call, ("text", "entities"), message_text(call))


def edit_caption(world: World, call: Call) -> Json:
    """Replace caption and inline keyboard of a picture or file."""
    return _change(world, call, ("caption", "caption_entities"), caption(call))


def edit_markup(world: World, call: Call) -> Json:
    """Replace the inline keyboard only."""
    return _change(world, call, (), {})


def delete_message(world: World, call: Call) -> bool:
    """Delete one message younger than 48 hours."""
    _, post = _target(world, call, "delete")
    if world.date() - int(post.body["date"]) > DELETABLE_S:
        raise bad_request("message can't be deleted for everyone")
    _delete(world, post)
    return True


def _delete(world: World, post: Post) -> None:
    post.deleted = True
    world.touch(post)


def delete_messages(world: World, call: Call) -> bool:
    """Delete 1-100 messages; those that are not there or too old are skipped."""
    person = world.reachable(call.values.get("chat_id"))
    numbers: list[Any] = call.values.get("message_ids") or []
    if not 1 <= len(numbers) <= 100:
        raise bad_request("message identifiers are not specified")
    for number in numbers:
        post = world.chats[person.id].find(number) if isinstance(number, int) else None
        if post is not None and world.date() - int(post.body["date"]) <= DELETABLE_S:
            _delete(world, post)
    return True


def set_reaction(world: World, call: Call) -> bool:
    """Put one emoji under a message, or take it away."""
    _, post = _target(world, call, "react")
    reactions: list[Any] = call.values.get("reaction") or []
    emoji = [str(each.get("emoji")) for each in reactions if isinstance(each, dict)]
    if len(emoji) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    if any(each not in REACTIONS for each in emoji):
        raise bad_request("REACTION_INVALID")
    post.reaction = emoji[0] if emoji else None
    world.touch(post)
    return True


def pin(world: World, call: Call) -> bool:
    """Pin a message."""
    _, post = _target(world, call, "pin")
    post.pinned = True
    world.touch(post)
    return True


def unpin(world: World, call: Call) -> bool:
    """Unpin a message, or the newest pinned one if no number is given."""
    if "message_id" in call.values:
        _, post = _target(world, call, "unpin")
    else:
        person = world.reachable(call.values.get("chat_id"))
        pinned = [each for each in world.chats[person.id].posts.values() if each.pinned]
        if not pinned:
            raise bad_request("message to unpin not found")
        post = pinned[-1]
    post.pinned = False
    world.touch(post)
    return True


def unpin_all(world: World, call: Call) -> bool:
    """Unpin every message of a chat."""
    person = world.reachable(call.values.get("chat_id"))
    for post in world.chats[person.id].posts.values():
        if post.pinned:
            post.pinned = False
            world.touch(post)
    return True

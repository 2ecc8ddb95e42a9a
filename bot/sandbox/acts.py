"""What people do in the sandbox: write, send, edit, tap, block, delete."""

from typing import Any

from bot.sandbox.chats import Json, Post
from bot.sandbox.entities import clean, trimmed, utf16_length, with_found
from bot.sandbox.orders import Order, SimError
from bot.sandbox.people import Person
from bot.sandbox.texts import TEXT_MAX_UNITS
from bot.sandbox.world import World

# Fields that the sandbox itself reads again to show the message.
_RAW_KINDS: dict[str, type[int | str | list[Any] | dict[str, Any]]] = {
    "date": int,
    "text": str,
    "caption": str,
    "entities": list,
    "caption_entities": list,
    "photo": list,
    "document": dict,
}


def _writer(world: World, order: Order) -> Person:
    person = order.person(world)
    if person.blocked or person.deactivated:
        raise SimError(409, "this person has blocked the bot or is gone; unblock first")
    return person


def _written(text: str) -> Json:
    """The fields of a text message as Telegram's apps and server make them."""
    kept, _ = trimmed(clean(text), [])
    if not kept:
        raise SimError(400, "the text is empty")
    if utf16_length(kept) > TEXT_MAX_UNITS:
        raise SimError(400, "the text is longer than 4096 units; apps would split it")
    entities = with_found(kept, [])
    return {"text": kept, **({"entities": entities} if entities else {})}


def say(world: World, order: Order) -> Json:
    """A person writes a text."""
    person = _writer(world, order)
    return _sent(world, person, _written(order.text("text")))


def _sent(world: World, person: Person, content: Json) -> Json:
    post, update_id = world.post_of_person(person, content)
    return {"message_id": post.message_id, "update_id": update_id}


def send(world: World, order: Order) -> Json:
    """A person sends anything: raw Message fields are taken as they are."""
    person = _writer(world, order)
    raw = order.mapping("message")
    for fixed in ("message_id", "chat"):
        if fixed in raw:
            raise SimError(400, f'"{fixed}" is given by the sandbox')
    for name, kind in _RAW_KINDS.items():
        if not isinstance(raw.get(name, kind()), kind):
            raise SimError(400, f'"{name}" has a wrong type; /sim/update takes anything')
    return _sent(world, person, dict(raw))


def edit(world: World, order: Order) -> Json:
    """A person changes a text of theirs."""
    person = _writer(world, order)
    post = _post(world, person, order.whole("message_id"))
    if post.from_bot or "text" not in post.body:
        raise SimError(409, "only a person's own text can be edited")
    kept = {k: v for k, v in post.body.items() if k not in {"text", "entities", "edit_date"}}
    post.body = {**kept, "edit_date": world.date(), **_written(order.text("text"))}
    post.edited = True
    world.touch(post)
    update_id = world.updates.put("edited_message", person.id, post.body)
    return {"message_id": post.message_id, "update_id": update_id}


def _post(world: World, person: Person, number: int) -> Post:
    post = world.chats[person.id].find(number)
    if post is None:
        raise SimError(404, f"no such message: {number}")
    return post


def delete(world: World, order: Order) -> Json:
    """A person deletes a message from the chat."""
    post = _post(world, order.person(world), order.whole("message_id"))
    post.deleted = True
    world.touch(post)
    return {"message_id": post.message_id}


def block(world: World, order: Order) -> Json:
    """A person blocks or unblocks the bot, or their account is deleted."""
    person = order.person(world)
    if "deactivated" in order.fields:
        person.deactivated = order.fields["deactivated"] is True
        world.events.publish("person", person=person.id)
        return {"update_id": None}
    blocked = order.fields.get("blocked")
    if not isinstance(blocked, bool):
        raise SimError(400, '"blocked" must be true or false')
    if person.blocked == blocked:
        return {"update_id": None}
    person.blocked = blocked
    world.events.publish("person", person=person.id)
    return {"update_id": world.updates.put("my_chat_member", person.id, _membership(world, person))}


def _membership(world: World, person: Person) -> Json:
    member = {"user": world.profile.user, "status": "member"}
    kicked = {"user": world.profile.user, "status": "kicked", "until_date": 0}
    return {
        "chat": person.chat(),
        "from": person.user(),
        "date": world.date(),
        "old_chat_member": member if person.blocked else kicked,
        "new_chat_member": kicked if person.blocked else member,
    }


def tap(world: World, order: Order) -> Json:
    """A person presses a button."""
    person = _writer(world, order)
    number = order.whole("message_id")
    if order.fields.get("force") is True:
        return _pressed(world, person, number, order.text("data"))
    post = world.chats[person.id].find(number)
    if post is None:
        raise SimError(409, "no such button")
    if post.reply_keyboard is not None:
        return _label_tapped(world, person, post, order)
    button = _find_button(post, order)
    if "url" in button:
        return {"url": button["url"]}
    if "copy_text" in button:
        return {"copied": button["copy_text"]["text"]}
    return _pressed(world, person, number, button["callback_data"])


def _find_button(post: Post, order: Order) -> Json:
    rows = post.inline_keyboard()
    if "row" in order.fields:
        row, column = order.whole("row"), order.whole("column")
        if 0 <= row < len(rows) and 0 <= column < len(rows[row]):
            return rows[row][column]
        raise SimError(409, "no such button")
    key, name = ("callback_data", "data") if "data" in order.fields else ("text", "text")
    wanted = order.text(name)
    for button in (each for row in rows for each in row):
        if button.get(key) == wanted:
            return button
    raise SimError(409, "no such button")


def _label_tapped(world: World, person: Person, post: Post, order: Order) -> Json:
    labels = [label for row in post.reply_keyboard or [] for label in row]
    if order.text("text") not in labels:
        raise SimError(409, "no such button")
    return _sent(world, person, _written(order.text("text")))


def _pressed(world: World, person: Person, number: int, data: str) -> Json:
    person.started = True
    query = world.callbacks.press(person.id)
    post = world.chats[person.id].find(number)
    gone = {"chat": person.chat(), "message_id": number, "date": 0}
    content: dict[str, Any] = {
        "id": query.id,
        "from": person.user(),
        "message": post.body if post is not None else gone,
        "chat_instance": str(person.id),
        "data": data,
    }
    update_id = world.updates.put("callback_query", person.id, content)
    return {"callback_query_id": query.id, "update_id": update_id}

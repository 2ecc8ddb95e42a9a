"""The text of a message or caption, read from a call: parse mode, entities, limits."""

from typing import Any

from bot.sandbox.chats import Json
from bot.sandbox.entities import Entity, clean, trimmed, utf16_length, with_found
from bot.sandbox.html_reader import read_html
from bot.sandbox.links import WrongLink, checked_link
from bot.sandbox.parameters import Call
from bot.sandbox.refusals import bad_request

# Limits of the Bot API documentation, after entities are parsed.
TEXT_MAX_UNITS = 4096
CAPTION_MAX_UNITS = 1024
# Client.cpp of the real server refuses longer texts before it parses them.
SOURCE_MAX_BYTES = 32_768
ENTITY_TYPES = frozenset(
    {
        "mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold",
        "italic", "underline", "strikethrough", "spoiler", "blockquote", "expandable_blockquote",
        "code", "pre", "text_link", "text_mention", "custom_emoji", "date_time",
    }
)  # fmt: skip


def message_text(call: Call) -> Json:
    """The fields `text` and `entities` of a message, or Refused."""
    if not call.text("text"):
        raise bad_request("message text is empty")
    text, entities = _formatted(call, "text", "entities")
    if not text:
        raise bad_request("text must be non-empty")
    if utf16_length(text) > TEXT_MAX_UNITS:
        raise bad_request("message is too long")
    return _fields("text", text, "entities", entities)


def caption(call: Call) -> Json:
    """The fields `caption` and `caption_entities`; none if there is no caption."""
    text, entities = _formatted(call, "caption", "caption_entities")
    if utf16_length(text) > CAPTION_MAX_UNITS:
        raise bad_request("message caption is too long")
    return _fields("caption", text, "caption_entities", entities) if text else {}


def _fields(text_name: str, text: str, entities_name: str, entities: list[Entity]) -> Json:
    return {text_name: text, **({entities_name: entities} if entities else {})}


def _formatted(call: Call, text_name: str, entities_name: str) -> tuple[str, list[Entity]]:
    source = call.text(text_name)
    if len(source.encode("utf-8", "replace")) > SOURCE_MAX_BYTES:
        raise bad_request("text is too long")
    mode = call.text("parse_mode").lower()
    given = call.values.get(entities_name)
    if mode in {"markdown", "markdownv2"}:
        raise bad_request(
            f"can't parse entities: the sandbox does not read parse_mode {mode}; use HTML"
        )
    if mode not in {"", "html", "none"}:
        raise bad_request("unsupported parse_mode")
    if mode == "html":
        text, entities = read_html(clean(source))
    else:
        text = clean(source)
        entities = [_given(entity, utf16_length(text)) for entity in given or []]
    text, entities = trimmed(text, entities)
    return text, with_found(text, entities)


def _given(entity: Any, end: int) -> Entity:
    """A MessageEntity that the bot wrote itself, checked."""
    if not isinstance(entity, dict):
        raise bad_request("can't parse MessageEntity: expected an Object")
    kind, offset, length = (entity.get(name) for name in ("type", "offset", "length"))
    if not isinstance(kind, str) or kind not in ENTITY_TYPES:
        raise bad_request("can't parse MessageEntity: Unsupported type specified")
    if not isinstance(offset, int) or not isinstance(length, int):
        raise bad_request('can\'t parse MessageEntity: Field "offset" must be a valid Number')
    _check_span(offset, length, end)
    if kind == "text_link":
        if "url" not in entity:
            raise bad_request("can't parse MessageEntity: Can't find field \"url\"")
        try:
            return {**entity, "url": checked_link(str(entity.get("url", "")))}
        except WrongLink as error:
            url = entity.get("url", "")
            raise bad_request(f"entity URL '{url}' is invalid: {error}") from error
    return dict(entity)


def _check_span(offset: int, length: int, end: int) -> None:
    if offset < 0:
        raise bad_request(f"receive an entity with incorrect offset {offset}")
    if length <= 0:
        raise bad_request(f"receive an entity with incorrect length {length}")
    if offset >= end:
        raise bad_request(f"entity begins after the end of the text at UTF-16 offset {offset}")
    if offset + length > end:
        raise bad_request(
            f"entity beginning at UTF-16 offset {offset} ends after the end of the text "
            f"at UTF-16 offset {offset + length}"
        )

"""Telegram's HTML: a reading that takes and refuses what td's MessageEntity.cpp does.

Offsets in refusals are bytes of the UTF-8 text; offsets in entities are UTF-16 units.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.entities import Entity, clean, utf16_length
from bot.sandbox.links import WrongLink, checked_link
from bot.sandbox.refusals import Refused, bad_request

_SIMPLE = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_TAGS = frozenset(_SIMPLE) | {"a", "tg-emoji", "tg-time"}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(lt|gt|amp|quot));?")
_TAG_NAME = re.compile(r"[^\s>]*")
_END_NAME = re.compile(r"([^\s>]*)\s*")
_ATTRIBUTE_NAME = re.compile(r"[^\s=>/\"']*")
_NAME_TOKEN = re.compile(r"[A-Za-z0-9.-]*")
_SPACE = re.compile(r"\s*")
_USER_LINK = re.compile(r"tg:/*user\?id=(\d+)")
# The formats of date_time entities: r, or any of w, d or D, t or T in this order (Bot API 9.5).
_TIME_FORMAT = re.compile(r"r|w?[dD]?[tT]?")


def _reference(found: re.Match[str]) -> str:
    hexadecimal, decimal, name = found.groups()
    if name:
        return _NAMED[name]
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    valid = 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF
    return clean(chr(code)) if valid else found[0]


@dataclass(slots=True)
class _Open:
    name: str
    attributes: dict[str, str]
    offset: int
    text_at: int


@dataclass(slots=True)
class _Reader:
    source: str
    at: int = 0
    parts: list[str] = field(default_factory=list)
    offset: int = 0
    length: int = 0
    open: list[_Open] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)

    def read(self) -> None:
        while True:
            tag_at = self.source.find("<", self.at)
            self._take(self.source[self.at : tag_at if tag_at >= 0 else len(self.source)])
            if tag_at < 0:
                break
            self.at = tag_at
            if self.source.startswith("/", tag_at + 1):
                self._end_tag(tag_at)
            else:
                self._start_tag(tag_at)
        if self.open:
            name = self.open[-1].name
            raise _unreadable(f'Can\'t find end tag corresponding to start tag "{name}"')

    def _take(self, piece: str) -> None:
        plain = _REFERENCE.sub(_reference, piece) if "&" in piece else piece
        self.parts.append(plain)
        self.offset += utf16_length(plain)

    def byte_offset(self, at: int) -> int:
        return len(self.source[:at].encode("utf-8", "surrogatepass"))

    def _start_tag(self, begin: int) -> None:
        name_end = _match_end(_TAG_NAME, self.source, begin + 1)
        where = self.byte_offset(begin)
        if name_end == len(self.source):
            raise _unreadable(f"Unclosed start tag at byte offset {where}")
        name = self.source[begin + 1 : name_end].lower()
        if name not in _TAGS:
            raise _unreadable(f'Unsupported start tag "{name}" at byte offset {where}')
        attributes = self._attributes(name, name_end, where)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise _unreadable(f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
        self.open.append(_Open(name, attributes, self.offset, len(self.parts)))

    def _attributes(self, tag: str, at: int, where: int) -> dict[str, str]:
        attributes: dict[str, str] = {}
        while True:
            at = _match_end(_SPACE, self.source, at)
            if at >= len(self.source):
                raise _unreadable(f'Unclosed start tag "{tag}" at byte offset {where}')
            if self.source[at] == ">":
                self.at = at + 1
                return attributes
            name_end = _match_end(_ATTRIBUTE_NAME, self.source, at)
            name = self.source[at:name_end].lower()
            if not name:
                raise _unreadable(f'Empty attribute name in the tag "{tag}" at byte offset {where}')
            at = _match_end(_SPACE, self.source, name_end)
            attributes[name] = ""
            if self.source[at : at + 1] == "=":
                at = _match_end(_SPACE, self.source, at + 1)
                attributes[name], at = self._value(at, where)

    def _value(self, at: int, where: int) -> tuple[str, int]:
        quote = self.source[at : at + 1]
        if quote and quote in "\"'":
            end = self.source.find(quote, at + 1)
            if end < 0:
                raise _unreadable(f"Unclosed start tag at byte offset {where}")
            return _REFERENCE.sub(_reference, self.source[at + 1 : end]), end + 1
        end = _match_end(_NAME_TOKEN, self.source, at)
        follower = self.source[end : end + 1]
        if not follower:
            raise _unreadable(f"Unclosed start tag at byte offset {where}")
        if not follower.isspace() and follower != ">":
            raise _unreadable(f"Unexpected end of name token at byte offset {self.byte_offset(at)}")
        return self.source[at:end].lower(), end

    def _end_tag(self, begin: int) -> None:
        where = self.byte_offset(begin)
        if not self.open:
            raise _unreadable(f"Unexpected end tag at byte offset {where}")
        found = _END_NAME.match(self.source, begin + 2)
        end = found.end() if found else begin + 2
        name = found[1].lower() if found else ""
        if self.source[end : end + 1] != ">":
            raise _unreadable(f"Unclosed end tag at byte offset {where}")
        opened = self.open.pop()
        if name and name != opened.name:
            raise _unreadable(
                f"Unmatched end tag at byte offset {where}, "
                f'expected "</{opened.name}>", found "</{name}>"'
            )
        self.at = end + 1
        if self.offset > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        details = _details(opened, "".join(self.parts[opened.text_at :]))
        if details is None:
            return
        span = {"offset": opened.offset, "length": self.offset - opened.offset}
        entity = {"type": details.pop("type"), **span, **details}
        inner = self.entities[-1] if self.entities else None
        if inner is not None and opened.name == "pre" and _is_code_of(inner, entity):
            entity.update({k: v for k, v in inner.items() if k == "language"})
            self.entities.pop()
        self.entities.append(entity)


def _is_code_of(inner: Entity, pre: Entity) -> bool:
    """Whether a code mark fills a pre block, which makes it the block's language."""
    same_span = all(inner[key] == pre[key] for key in ("offset", "length"))
    return same_span and inner["type"] == "code"


def _match_end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _unreadable(text: str) -> Refused:
    return bad_request(f"can't parse entities: {text}")


def _details(opened: _Open, inner: str) -> dict[str, Any] | None:
    """Type and extra fields of an entity; None if Telegram drops the mark and keeps the text."""
    match opened.name:
        case "a":
            return _link(opened.attributes.get("href") or inner)
        case "tg-emoji":
            emoji_id = opened.attributes.get("emoji-id", "")
            if not emoji_id.isdigit():
                raise _unreadable("Invalid custom emoji identifier specified")
            return {"type": "custom_emoji", "custom_emoji_id": emoji_id}
        case "tg-time":
            return _moment(opened.attributes)
        case "blockquote" if "expandable" in opened.attributes:
            return {"type": "expandable_blockquote"}
        case "code":
            language = opened.attributes.get("class", "")
            if language.startswith("language-"):
                return {"type": "code", "language": language.removeprefix("language-")}
    return {"type": _SIMPLE[opened.name]}


def _link(target: str) -> dict[str, Any] | None:
    user = _USER_LINK.fullmatch(target)
    if user:
        mentioned = {"id": int(user[1]), "is_bot": False, "first_name": "Person"}
        return {"type": "text_mention", "user": mentioned}
    try:
        return {"type": "text_link", "url": checked_link(target)}
    except WrongLink:
        return None


def _moment(attributes: dict[str, str]) -> dict[str, Any]:
    unix, style = attributes.get("unix", ""), attributes.get("format", "")
    if not unix.isdigit():
        raise _unreadable("Invalid Unix time specified")
    if not _TIME_FORMAT.fullmatch(style):
        raise _unreadable("Invalid date-time format specified")
    moment: dict[str, Any] = {"type": "date_time", "unix_time": int(unix)}
    if style:
        moment["date_time_format"] = style
    return moment


def read_html(source: str) -> tuple[str, list[Entity]]:
    """Plain text and entities of a text in Telegram's HTML; Refused (400) if it has a mistake."""
    reader = _Reader(source)
    reader.read()
    for entity in reader.entities:
        if entity["type"] == "code":
            entity.pop("language", None)
    ordered = sorted(reader.entities, key=lambda entity: (entity["offset"], -entity["length"]))
    return "".join(reader.parts), ordered

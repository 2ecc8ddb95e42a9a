"""Safe HTML for the chat page: escaped text with its entities as tags."""

from html import escape
from typing import Any

from bot.sandbox.entities import Entity

_TAGS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
# Only these are clickable; anything else stays text.
_SAFE_SCHEMES = ("http://", "https://", "tg://")


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def to_html(text: str, entities: list[Entity]) -> str:
    """The text as HTML that is safe to put into a page."""
    units = _utf16(text)
    ends = len(units) // 2
    marks = sorted(
        filter(_is_whole, entities), key=lambda entity: (entity["offset"], -entity["length"])
    )
    return _render(units, 0, ends, marks).replace("\n", "<br>")


def _is_whole(entity: Any) -> bool:
    """Whether a mark can be shown; people's raw messages may hold anything."""
    if not isinstance(entity, dict) or not isinstance(entity.get("type"), str):
        return False
    return all(isinstance(entity.get(name), int) for name in ("offset", "length"))


def _render(units: bytes, begin: int, end: int, marks: list[Entity]) -> str:
    """Render a stretch; marks that begin inside an outer mark are rendered inside it."""
    parts: list[str] = []
    at = begin
    index = 0
    while index < len(marks):
        mark = marks[index]
        index += 1
        mark_begin = max(mark["offset"], at)
        mark_end = min(mark["offset"] + mark["length"], end)
        if mark_begin >= mark_end:
            continue
        inner: list[Entity] = []
        while index < len(marks) and marks[index]["offset"] < mark_end:
            inner.append(marks[index])
            index += 1
        parts.append(_escaped(units, at, mark_begin))
        opening, closing = _tag(mark, _plain(units, mark_begin, mark_end))
        parts.append(opening + _render(units, mark_begin, mark_end, inner) + closing)
        at = mark_end
    parts.append(_escaped(units, at, end))
    return "".join(parts)


def _plain(units: bytes, begin: int, end: int) -> str:
    return units[begin * 2 : end * 2].decode("utf-16-le", "replace")


def _escaped(units: bytes, begin: int, end: int) -> str:
    return escape(_plain(units, begin, end)) if begin < end else ""


def _tag(mark: Entity, content: str) -> tuple[str, str]:
    kind = mark["type"]
    if kind in _TAGS:
        return f"<{_TAGS[kind]}>", f"</{_TAGS[kind]}>"
    if kind == "spoiler":
        return '<span class="spoiler">', "</span>"
    if kind == "expandable_blockquote":
        return '<blockquote class="expandable">', "</blockquote>"
    if kind == "bot_command":
        return f'<span class="command" data-command="{escape(content)}">', "</span>"
    if kind == "date_time":
        style = escape(str(mark.get("date_time_format", "")))
        return (
            f'<time data-unix="{escape(str(mark.get("unix_time", "")))}" data-format="{style}">',
            "</time>",
        )
    if kind in {"text_link", "url"}:
        return _anchor(str(mark.get("url", content)))
    return "<span>", "</span>"


def _anchor(url: str) -> tuple[str, str]:
    if not url.startswith(_SAFE_SCHEMES):
        return "<span>", "</span>"
    return f'<a href="{escape(url)}" rel="noreferrer noopener" target="_blank">', "</a>"

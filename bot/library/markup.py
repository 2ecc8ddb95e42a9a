"""The part of Telegram's HTML that texts may use.

Source of the tags: core.telegram.org/bots/api#html-style, the ones that read well aloud.
"""

import html
import re

ALLOWED = frozenset({"b", "i", "u", "s", "code", "a", "blockquote", "tg-spoiler"})
MESSAGE_LIMIT = 4096
"""Characters of a message after its markup is read (core.telegram.org/bots/api#sendmessage)."""

TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)((?:\s[^<>]*)?)>")
_LINK = re.compile(r'\s+href="https://[^"{}<>\s]+"')
_ANCHOR = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
_PIECE = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:#?\w+);|.", re.DOTALL)
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|#\d+|#x[0-9a-fA-F]+);)")


def mistakes(text: str) -> list[str]:
    """What is wrong with the markup of a text, one sentence each."""
    found: list[str] = []
    still_open: list[str] = []
    for closing, name, rest in TAG.findall(text):
        if name not in ALLOWED:
            found.append(f"the tag <{name}> is not allowed; use one of {_list_of_allowed()}")
        elif closing:
            if not still_open or still_open.pop() != name:
                found.append(f"</{name}> closes a tag that is not open")
        else:
            still_open.append(name)
            found += _rest_mistakes(name, rest)
    found += [f"<{name}> is never closed; add </{name}>" for name in still_open]
    bare = TAG.sub("", text)
    if "<" in bare or ">" in bare:
        found.append("a < or > stands alone; write &lt; or &gt;")
    if _ENTITY.search(text):
        found.append("an & stands alone; write &amp;")
    return found


def _rest_mistakes(name: str, rest: str) -> list[str]:
    if name == "a":
        return [] if _LINK.fullmatch(rest) else ['a link is written <a href="https://…">']
    return [f"<{name}> takes nothing else inside its brackets"] if rest.strip() else []


def _list_of_allowed() -> str:
    return ", ".join(sorted(ALLOWED))


def plain(text: str) -> str:
    """The same words without markup; a link keeps its address in brackets."""
    with_addresses = _ANCHOR.sub(r"\2 (\1)", text)
    return html.unescape(TAG.sub("", with_addresses))


def length(text: str) -> int:
    """Length as Telegram counts it: UTF-16 units after the markup is read."""
    return len(plain(text).encode("utf-16-le", "surrogatepass")) // 2


def split(text: str, limit: int = MESSAGE_LIMIT) -> list[str]:
    """Cut Telegram HTML into parts of at most `limit` characters as Telegram counts them.

    Cuts between paragraphs where it can, else lines, else words. Open tags are closed at the end
    of a part and opened again in the next.
    """
    if length(text) <= limit:
        return [text]
    pieces = _PIECE.findall(text)
    parts: list[str] = []
    still_open: list[str] = []
    while pieces:
        end = _cut(pieces, limit)
        head, pieces = pieces[:end], pieces[end:]
        opening = "".join(still_open)
        still_open = _open_after(head, still_open)
        closing = "".join(f"</{_name(tag)}>" for tag in reversed(still_open))
        body = "".join(head).strip("\n")
        if body.strip():
            parts.append(opening + body + closing)
    return parts


def split_plain(text: str, limit: int = MESSAGE_LIMIT) -> list[str]:
    """Cut a text without markup into parts, in the same places."""
    return [html.unescape(part) for part in split(html.escape(text, quote=False), limit)]


def _cut(pieces: list[str], limit: int) -> int:
    used = 0
    end = len(pieces)
    for index, piece in enumerate(pieces):
        used += _width(piece)
        if used > limit:
            end = index
            break
    if end == len(pieces):
        return end
    for wanted in ("\n\n", "\n", " "):
        place = _last(pieces[:end], wanted)
        if place:
            return place
    return max(end, 1)


def _width(piece: str) -> int:
    if len(piece) == 1:
        return 2 if ord(piece) > 0xFFFF else 1
    return 0 if piece.startswith("<") else length(piece)


def _last(pieces: list[str], wanted: str) -> int:
    for index in range(len(pieces) - 1, 0, -1):
        if pieces[index] == wanted[-1] and (len(wanted) == 1 or pieces[index - 1] == wanted[0]):
            return index + 1
    return 0


def _open_after(pieces: list[str], still_open: list[str]) -> list[str]:
    stack = list(still_open)
    for piece in pieces:
        if len(piece) > 1 and piece.startswith("</"):
            if stack:  # a text that closes what was never open is odd, but must not be lost
                stack.pop()
        elif len(piece) > 1 and piece.startswith("<"):
            stack.append(piece)
    return stack


def _name(tag: str) -> str:
    match = TAG.fullmatch(tag)
    return match.group(2) if match else ""

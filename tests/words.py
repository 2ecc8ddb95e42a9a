"""What the bot says, by the key of its text: a reworded text breaks no conversation test."""

import html
import re
from functools import cache
from pathlib import Path

from fluent.syntax import FluentParser, ast

TEXTS = Path(__file__).parents[1] / "content" / "texts" / "en"

_TAG = re.compile(r"</?[a-z][^>]*>")


def pattern_of(wanted: str | re.Pattern[str]) -> re.Pattern[str]:
    """A regular expression for a key of the library, whatever its values, or for words as such."""
    if isinstance(wanted, re.Pattern):
        return wanted
    return _patterns().get(wanted) or re.compile(re.escape(wanted))


def label_of(wanted: str) -> str:
    """The label of a button: that of the key, or the words as they are."""
    return _labels().get(wanted, wanted)


def text_of(key: str) -> str:
    """A text without values, by its key."""
    return _labels()[key]


@cache
def _entries() -> dict[str, list[str | None]]:
    """Each text in pieces as a person sees them; None stands for a value."""
    found: dict[str, list[str | None]] = {}
    for file in sorted(TEXTS.glob("*.ftl")):
        for entry in FluentParser().parse(file.read_text("utf-8")).body:
            if isinstance(entry, ast.Message) and entry.value is not None:
                found[entry.id.name] = [_piece(each) for each in entry.value.elements]
    return found


def _piece(element: ast.TextElement | ast.Placeable) -> str | None:
    if isinstance(element, ast.Placeable):
        return None
    return html.unescape(_TAG.sub("", element.value))


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {
        key: re.compile("".join(".+?" if piece is None else re.escape(piece) for piece in pieces))
        for key, pieces in _entries().items()
    }


@cache
def _labels() -> dict[str, str]:
    fixed: dict[str, str] = {}
    for key, pieces in _entries().items():
        words = [piece for piece in pieces if piece is not None]
        if len(words) == len(pieces):
            fixed[key] = "".join(words)
    return fixed

"""A Message gets its words: Telegram HTML, the same without markup, and buttons."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fluent.runtime import FluentBundle, FluentResource
from fluent.runtime.errors import FluentReferenceError

from bot.domain.messages import Button, Moment
from bot.library import markup, values

BUTTON_LIMIT = 64
"""Characters of a button; longer ones are cut by small phones. Our choice, not Telegram's."""

GIVEN_UP = "{???}"
"""What fluent.runtime returns for a sentence that it could not build."""
_LONG = 2000
_MARK = "\ufdd0"  # a noncharacter of Unicode: no text uses it, and values that do are parked
_TICKET = re.compile(f"{_MARK}(\\d+){_MARK}")


@dataclass(frozen=True, slots=True)
class RenderedButton:
    """One button with its words; exactly one of `action`, `url`, `copy` is set."""

    text: str
    action: str | None = None
    url: str | None = None
    copy: str | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """What goes to Telegram: `text` is its HTML, `plain` the same words without markup."""

    text: str
    plain: str
    buttons: tuple[tuple[RenderedButton, ...], ...] = ()


class Speech:
    """The sentences of one language, formatted by Fluent."""

    def __init__(self, language: str, sources: list[str]) -> None:
        self.language = language
        # Isolation is ours (values.isolate): Fluent's would put marks around every value.
        self._bundle = FluentBundle([language], functions=_FUNCTIONS, use_isolating=False)
        for source in sources:
            self._bundle.add_resource(FluentResource(source))

    def __contains__(self, key: str) -> bool:
        return bool(self._bundle.has_message(key))

    def sentence(self, key: str, given: Mapping[str, Any]) -> tuple[str, list[str]]:
        """The sentence as Telegram HTML, and what went wrong while it was formatted.

        `given` holds ready values: escaped strings, numbers. KeyError for an unknown key.
        """
        if key not in self:
            raise KeyError(key)
        pattern = self._bundle.get_message(key).value
        if pattern is None:
            raise KeyError(key)
        parked: list[str] = []
        short = {name: _park(value, parked) for name, value in given.items()}
        text, errors = self._bundle.format_pattern(pattern, short)
        whole = _TICKET.sub(lambda ticket: parked[int(ticket[1])], str(text)) if parked else text
        return str(whole), [_explain(error) for error in errors]


def _park(value: Any, parked: list[str]) -> Any:
    """A long string waits outside while Fluent works, and a ticket stands in for it.

    fluent.runtime gives up a whole sentence ("{???}") when one value exceeds 2,500 characters,
    which an escaped note reaches.
    """
    if not isinstance(value, str) or (len(value) < _LONG and _MARK not in value):
        return value
    parked.append(value)
    return f"{_MARK}{len(parked) - 1}{_MARK}"


def _explain(error: Exception) -> str:
    # Only a missing variable is named: other errors may quote a person's words.
    is_missing = isinstance(error, FluentReferenceError)
    return str(error) if is_missing else type(error).__name__


def _dots(done: Any, total: Any) -> str:
    """How far somebody has come: one ● for each step done, one ○ for each step left."""
    steps = max(0, int(total))
    filled = min(max(0, int(done)), steps)
    return "●" * filled + "○" * (steps - filled)


_FUNCTIONS: dict[str, Callable[..., Any]] = {"DOTS": _dots}


def render_button(label: str, given: Button) -> RenderedButton:
    """A button with its words; markup is dropped, and what is too long ends in an ellipsis."""
    words = markup.plain(label).strip()
    if len(words) > BUTTON_LIMIT:
        words = words[: BUTTON_LIMIT - 1].rstrip() + "…"
    return RenderedButton(words, action=given.action, url=given.url, copy=given.copy)


def ready(value: str | int | float | Moment, language: str) -> str | int | float:
    """A value ready for a sentence: words escaped, moments in their zone, numbers as they are."""
    if isinstance(value, Moment):
        return values.show_moment(value, language)
    if isinstance(value, str):
        return values.escape(value)
    return value

"""The library: reads and checks content/, and gives every Message its words."""

from collections.abc import Callable, Mapping
from pathlib import Path

from bot.domain.conversations import Script
from bot.domain.messages import Button, Line, Message, Rows, Term, Value
from bot.errors import ContentError
from bot.library import help as help_cards
from bot.library import markup
from bot.library.builtin import BUILT_IN_HELP_CARD
from bot.library.check import check
from bot.library.help import Help
from bot.library.markup import split, split_plain
from bot.library.models import Resource, ResourceFile
from bot.library.problems import Problem, first_mistake
from bot.library.render import GIVEN_UP, Rendered, RenderedButton, Speech, ready, render_button
from bot.library.shelf import FIRST, Shelf, read_shelf
from bot.telemetry import get_log

__all__ = [
    "BUILT_IN_HELP_CARD",
    "Help",
    "Library",
    "Problem",
    "Rendered",
    "RenderedButton",
    "Resource",
    "check",
    "split",
    "split_plain",
]

Report = Callable[[str], None]
_APOLOGY = "sorry"


def _log(problem: str) -> None:
    get_log(__name__).error("words_missing", reason=problem)


class Library:
    """All words, scripts and services; built once at start, never changed after."""

    def __init__(self, shelf: Shelf, strict: bool = False, report: Report = _log) -> None:
        self._strict = strict
        self._report = report
        self._speeches = {
            language: Speech(language, files.sources) for language, files in shelf.languages.items()
        }
        self._keys = tuple(shelf.languages[FIRST].entries) if FIRST in shelf.languages else ()
        self._resources = shelf.resources
        entries = shelf.programme.script if shelf.programme else []
        self._scripts = {entry.id: entry.script() for entry in entries}

    @classmethod
    def load(cls, root: Path, strict: bool = False, report: Report = _log) -> "Library":
        """Read content/; ContentError with the first mistake as `file:line: what to do`.

        `strict` is for tests: a missing key or value raises ContentError instead of being reported
        while the person gets the apology. `report` gets one line, without any value.
        """
        shelf = read_shelf(root)
        mistake = first_mistake(shelf.problems)
        if mistake:
            raise ContentError(str(mistake))
        return cls(shelf, strict, report)

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key, in the order of the files."""
        return self._keys

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages at hand, as the names of their folders."""
        return tuple(self._speeches)

    @property
    def countries(self) -> tuple[str, ...]:
        """ISO 3166-1 codes of the countries with services of their own."""
        return tuple(sorted(set(self._resources) - {help_cards.WORLD}))

    def language_for(self, wanted: str | None) -> str:
        """The nearest language at hand for a tag such as `en-GB`; English where there is none."""
        tag = (wanted or FIRST).replace("_", "-").lower()
        for candidate in (tag, tag.split("-")[0]):
            for language in self._speeches:
                if language.lower() == candidate:
                    return language
        return FIRST

    def render(self, message: Message, language: str) -> Rendered:
        """The message in words; never raises at run time, and never returns an empty text."""
        chosen = self.language_for(language)
        text = ""
        for line in message.lines:
            words = self._say(line.key, line.values, chosen)
            gap = "\n" if line.tight else "\n\n"
            text += (gap if text else "") + words
        if not text.strip():
            text = self._missing("a message without words", chosen)
        rows = tuple(tuple(self._button(each, chosen) for each in row) for row in message.rows)
        return Rendered(text=text, plain=markup.plain(text), buttons=rows)

    def text(self, key: str, language: str, /, **values: Value) -> str:
        """One short text without markup, such as the notice that answers a button."""
        return markup.plain(self._say(key, values, self.language_for(language)))

    def script(self, script_id: str) -> Script:
        """A script of programme.toml; ContentError where there is none of that name."""
        if script_id not in self._scripts:
            raise ContentError(f"programme.toml:1: there is no script `{script_id}`; add it")
        return self._scripts[script_id]

    def help_for(self, country: str | None) -> Help:
        """Services of a country by ISO 3166-1 code; the international ones where it is unknown."""
        world = self._resources[help_cards.WORLD]
        return help_cards.help_from(self._resources.get((country or "").upper(), world), world)

    def help_card(self, country: str | None) -> Message:
        """The card with numbers first, in the safety lane."""
        return help_cards.card(self.help_for(country))

    def youth_lines(self, country: str | None) -> tuple[Line, ...]:
        """Emergency numbers, then lines for young people and a line open to all."""
        return help_cards.youth_lines(self.help_for(country))

    def youth_rows(self, country: str | None) -> Rows:
        """The buttons that go with `youth_lines`."""
        return help_cards.youth_rows(self.help_for(country))

    def services(self, country: str | None, kind: str) -> tuple[Resource, ...]:
        """Every service of a kind in a country, confirmed or not, of any scope, in file order."""
        file: ResourceFile | None = self._resources.get((country or "").upper())
        return tuple(entry for entry in file.resource if entry.kind == kind) if file else ()

    def _button(self, button: Button, language: str) -> RenderedButton:
        return render_button(self._say(button.label, button.values, language), button)

    def _say(self, key: str, values: Mapping[str, Value], language: str) -> str:
        speech = self._speech_with(key, language)
        if speech is None:
            return self._missing(f"no text `{key}`", language)
        given = {name: self._ready(value, language) for name, value in values.items()}
        text, errors = speech.sentence(key, given)
        for error in errors:
            self._complain(f"`{key}` in {speech.language}: {error}")
        return self._missing(f"`{key}` came out empty", language) if text == GIVEN_UP else text

    def _ready(self, value: Value, language: str) -> str | int | float:
        if isinstance(value, Term):
            return self._say(value.key, {}, language)
        try:
            return ready(value, language)
        except (LookupError, ValueError, OverflowError):
            self._complain("a moment with an unknown zone or style, or out of range")
            return "…"

    def _speech_with(self, key: str, language: str) -> Speech | None:
        for name in (language, FIRST):
            if name in self._speeches and key in self._speeches[name]:
                return self._speeches[name]
        return None

    def _missing(self, problem: str, language: str) -> str:
        self._complain(problem)
        speech = self._speech_with(_APOLOGY, language)
        return speech.sentence(_APOLOGY, {})[0] if speech else BUILT_IN_HELP_CARD

    def _complain(self, problem: str) -> None:
        if self._strict:
            raise ContentError(problem)
        self._report(problem)

"""All of content/ read once: files, models and everything that is wrong with them."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from bot.library import markup, words_check
from bot.library.fluent_files import Entry, LanguageFiles, read_language
from bot.library.help import WORLD
from bot.library.models import Programme, Resource, ResourceFile, Words
from bot.library.problems import Problem
from bot.library.render import BUTTON_LIMIT
from bot.library.toml_files import Place, line_at, lines_of, read_toml

FIRST = "en"
"""The language that every other one is compared with, and the one to fall back to."""
_TOAST_LIMIT = 200  # core.telegram.org/bots/api#answercallbackquery
_LONG_VALUES = 2500  # characters over all values of a text; a note may have 2,000


@dataclass(slots=True)
class Shelf:
    """What was read from content/; `problems` are in reading order."""

    root: Path
    languages: dict[str, LanguageFiles] = field(default_factory=dict)
    resources: dict[str, ResourceFile] = field(default_factory=dict)
    programme: Programme | None = None
    words: Words | None = None
    problems: list[Problem] = field(default_factory=list)


def read_shelf(root: Path, today: date | None = None) -> Shelf:
    """Read and check all of content/; with `today`, resources past `check_by` are problems."""
    shelf = Shelf(root)
    shelf.words, problems = read_toml(root / "words.toml", root, Words)
    shelf.problems += problems
    _read_texts(shelf)
    _read_resources(shelf, today)
    _read_programme(shelf)
    return shelf


def _read_texts(shelf: Shelf) -> None:
    folders = sorted(path for path in (shelf.root / "texts").glob("*") if path.is_dir())
    for folder in folders:
        files = read_language(folder, shelf.root)
        shelf.languages[files.language] = files
        shelf.problems += files.problems
        for entry in files.entries.values():
            _check_entry(entry, files.language, shelf)
    if FIRST not in shelf.languages or not shelf.languages[FIRST].entries:
        shelf.problems.append(Problem(f"texts/{FIRST}", 1, "there are no texts here; restore them"))
        return
    for language, files in shelf.languages.items():
        if language != FIRST:
            _compare(files, shelf)


def _compare(files: LanguageFiles, shelf: Shelf) -> None:
    first = shelf.languages[FIRST].entries
    for key, entry in first.items():
        if key not in files.entries:
            name = f"texts/{files.language}/{Path(entry.file).name}"
            text = f"`{key}` is missing in this language; it stands in {entry.file}:{entry.line}"
            shelf.problems.append(Problem(name, 1, text))
    for key, entry in files.entries.items():
        if key not in first:
            text = f"`{key}` is not in {FIRST}; correct its spelling or remove it"
            shelf.problems.append(Problem(entry.file, entry.line, text))
        elif entry.variables != first[key].variables:
            wanted = ", ".join("{$" + name + "}" for name in sorted(first[key].variables))
            text = f"`{key}` must use the same variables as in {FIRST}: {wanted or 'none'}"
            shelf.problems.append(Problem(entry.file, entry.line, text))


def _check_entry(entry: Entry, language: str, shelf: Shelf) -> None:
    found: dict[str, None] = {}
    for text in entry.expansions:
        found.update(dict.fromkeys(markup.mistakes(text)))
        found.update(dict.fromkeys(_length_mistakes(entry, text)))
        if shelf.words:
            found.update(dict.fromkeys(words_check.forbidden(text, language, shelf.words)))
    for what in found:
        shelf.problems.append(Problem(entry.file, entry.line, f"`{entry.key}`: {what}"))
    longest = max(entry.expansions, key=len)
    if language == FIRST and words_check.is_hard_to_read(markup.plain(longest)):
        text = f"`{entry.key}` is hard to read; try shorter words and shorter sentences"
        shelf.problems.append(Problem(entry.file, entry.line, text, is_note=True))


def _length_mistakes(entry: Entry, text: str) -> list[str]:
    size = markup.length(text)
    if entry.use == "button":
        bare = markup.plain(text)
        for name in entry.variables:
            bare = bare.replace("{$" + name + "}", "")
        limit, size, what = BUTTON_LIMIT, len(bare), "a button"
    elif entry.use == "toast":
        limit, what = _TOAST_LIMIT, "a short notice"
    else:
        limit, what = markup.MESSAGE_LIMIT, "a message"
        size += _LONG_VALUES if entry.variables else 0
    return [f"is {size} characters long; {what} has at most {limit}"] if size > limit else []


def _read_resources(shelf: Shelf, today: date | None) -> None:
    for path in sorted((shelf.root / "resources").glob("*.toml")):
        file, problems = read_toml(path, shelf.root, ResourceFile)
        shelf.problems += problems
        if file is None:
            continue
        lines = lines_of(path.read_text("utf-8"))
        name = path.relative_to(shelf.root).as_posix()
        shelf.resources[file.country] = file
        for place, text in _resource_mistakes(file, path.stem, shelf.words, today):
            shelf.problems.append(Problem(name, line_at(place, lines), text))
    if WORLD not in shelf.resources:
        text = f'the file for unknown countries (country = "{WORLD}") is missing or has a mistake'
        shelf.problems.append(Problem("resources/international.toml", 1, text))


def _resource_mistakes(
    file: ResourceFile, stem: str, words: Words | None, today: date | None
) -> list[tuple[Place, str]]:
    found: list[tuple[Place, str]] = []
    if stem != ("international" if file.country == WORLD else file.country.lower()):
        found.append((("country",), f"`country` is {file.country}, but the file is {stem}.toml"))
    if not any(entry.kind == "emergency" and entry.phone for entry in file.resource):
        found.append(((), "no emergency number; add a resource of kind emergency with a phone"))
    for index, entry in enumerate(file.resource):
        place: Place = ("resource", index)
        if today is not None and entry.check_by < today:
            text = f"{entry.name}: check_by {entry.check_by} is past; look at the provider's page"
            found.append(((*place, "check_by"), text))
        found += [((*place, "phone"), why) for why in _retired(entry, file.country, words)]
        if entry in file.resource[:index]:
            found.append((place, f"{entry.name} stands here twice; remove one"))
    return found


def _retired(entry: Resource, country: str, words: Words | None) -> list[str]:
    numbers = {_digits(entry.phone), _digits(entry.sms.number if entry.sms else None)} - {""}
    listed = words.retired if words else []
    return [
        f"{old.number} is retired: {old.reason}"
        for old in listed
        if old.country == country and _digits(old.number) in numbers
    ]


def _digits(number: str | None) -> str:
    return "".join(letter for letter in number or "" if letter.isdigit())


def _read_programme(shelf: Shelf) -> None:
    path = shelf.root / "programme.toml"
    shelf.programme, problems = read_toml(path, shelf.root, Programme)
    shelf.problems += problems
    if shelf.programme is None or FIRST not in shelf.languages:
        return
    lines = lines_of(path.read_text("utf-8"))
    known = shelf.languages[FIRST].entries
    for index, script in enumerate(shelf.programme.script):
        for key in dict.fromkeys(script.texts()):
            if key not in known:
                line = line_at(("script", index), lines)
                text = f"script {script.id} names the text `{key}`, which is not in texts/{FIRST}"
                shelf.problems.append(Problem("programme.toml", line, text))

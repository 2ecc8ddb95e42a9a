"""Reads texts/<language>/*.ftl: every sentence with its file, line and kind."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from fluent.syntax import FluentParser, ast

from bot.library.problems import Problem

Use = Literal["text", "button", "toast"]
_USES: dict[str, Use] = {"Buttons": "button", "Toasts": "toast"}
_FUNCTIONS = frozenset({"NUMBER", "DOTS"})
_MOST_EXPANSIONS = 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One sentence: where it stands, what it is for, its variables and all its variants."""

    key: str
    file: str
    line: int
    use: Use
    variables: frozenset[str]
    expansions: tuple[str, ...]
    """The sentence once for each variant of its plurals; a variable shows as `{$name}`."""


@dataclass(slots=True)
class LanguageFiles:
    """All sentences of one language."""

    language: str
    entries: dict[str, Entry] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)


def read_language(folder: Path, root: Path) -> LanguageFiles:
    """Read every .ftl file of a language folder; mistakes are collected, not raised."""
    found = LanguageFiles(folder.name)
    for path in sorted(folder.glob("*.ftl")):
        name = path.relative_to(root).as_posix()
        try:
            source = path.read_bytes().decode("utf-8").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            line = path.read_bytes()[: error.start].count(b"\n") + 1
            found.problems.append(Problem(name, line, "this is not UTF-8; save the file as UTF-8"))
            continue
        found.sources.append(source)
        _read_source(source, name, found)
    return found


def _read_source(source: str, name: str, found: LanguageFiles) -> None:
    use: Use = "text"
    body: list[Any] = FluentParser().parse(source).body  # spans are there: the parser sets them
    for item in body:
        line = source.count("\n", 0, item.span.start) + 1
        if isinstance(item, ast.GroupComment):
            use = _USES.get((item.content or "").split("\n")[0].strip().rstrip("."), "text")
        elif isinstance(item, ast.Junk):
            found.problems.append(_junk(item, source, name))
        elif isinstance(item, ast.Term):
            found.problems.append(Problem(name, line, "a text may not begin with -; give it a key"))
        elif isinstance(item, ast.Message):
            _add(item, line, name, use, found)


def _junk(item: Any, source: str, name: str) -> Problem:
    note = item.annotations[0] if item.annotations else None
    at = note.span.start if note else item.span.start
    line = source.count("\n", 0, at) + 1
    what = f" ({note.message})" if note else ""
    return Problem(name, line, f"this cannot be read as `key = text`{what}; look at this line")


def _add(item: Any, line: int, name: str, use: Use, found: LanguageFiles) -> None:
    # The span of a message begins with its comment; its own line is the one of its key.
    if item.comment is not None:
        line += (item.comment.content or "").count("\n") + 1
    key = item.id.name
    if key in found.entries:
        first = found.entries[key]
        text = f"`{key}` is already in {first.file}:{first.line}; remove one of the two"
        found.problems.append(Problem(name, line, text))
        return
    if item.value is None or item.attributes:
        found.problems.append(Problem(name, line, f"`{key}` must be one text, without .parts"))
        return
    outside: list[str] = []
    expansions = tuple(_expand(item.value, outside))
    for reference in outside:
        text = f"`{key}` uses {reference}; only variables such as {{$name}} and plurals work here"
        found.problems.append(Problem(name, line, text))
    variables = frozenset(_variables(item.value))
    found.entries[key] = Entry(key, name, line, use, variables, expansions)


def _variables(node: Any) -> Iterator[str]:
    if isinstance(node, ast.VariableReference):
        yield node.id.name
    elif isinstance(node, ast.BaseNode):
        for child in vars(node).values():
            yield from _variables(child)
    elif isinstance(node, list):
        for child in node:
            yield from _variables(child)


def _expand(pattern: Any, outside: list[str]) -> list[str]:
    results = [""]
    for element in pattern.elements:
        if isinstance(element, ast.TextElement):
            choices = [element.value or ""]
        else:
            choices = _choices(element.expression, outside)
        results = [left + right for left in results for right in choices][:_MOST_EXPANSIONS]
    return results


def _choices(expression: Any, outside: list[str]) -> list[str]:
    if isinstance(expression, ast.VariableReference):
        return ["{$" + expression.id.name + "}"]
    if isinstance(expression, ast.StringLiteral):
        return [str(expression.parse()["value"])]
    if isinstance(expression, ast.NumberLiteral):
        return [str(expression.value)]
    if isinstance(expression, ast.SelectExpression):
        return [text for way in expression.variants for text in _expand(way.value, outside)]
    if isinstance(expression, ast.Placeable):
        return _choices(expression.expression, outside)
    if isinstance(expression, ast.FunctionReference) and expression.id.name in _FUNCTIONS:
        return ["{$number}"]
    outside.append(type(expression).__name__)
    return [""]

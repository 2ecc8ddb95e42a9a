"""Reads a TOML file into its model and names the line of every mistake."""

import re
import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.library.problems import Problem

Model = TypeVar("Model", bound=BaseModel)
Place = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\-\"]+)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_.\-\"]+)\s*=")
_AT_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")


def read_toml(path: Path, root: Path, model: type[Model]) -> tuple[Model | None, list[Problem]]:
    """The file as its model, or None and what is wrong with it; a missing file is a problem."""
    name = path.relative_to(root).as_posix()
    try:
        source = path.read_bytes().decode("utf-8")
        return model.model_validate(tomllib.loads(source)), []
    except FileNotFoundError:
        return None, [Problem(name, 1, "this file is missing; restore it")]
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        return None, [Problem(name, line, "this is not UTF-8; save the file as UTF-8")]
    except tomllib.TOMLDecodeError as error:
        return None, [_syntax(error, name, source)]
    except ValidationError as error:
        lines = lines_of(source)
        details = error.errors(include_url=False, include_input=False)
        return None, [_mistake(detail, name, lines) for detail in details]


def _syntax(error: tomllib.TOMLDecodeError, name: str, source: str) -> Problem:
    text = str(error)
    found = _AT_LINE.search(text)
    line = int(found.group(1)) if found and found.group(1) else source.count("\n") + 1
    what = _AT_LINE.sub("", text)
    return Problem(name, line, f"this is not valid TOML: {what}; check quotes and brackets here")


def lines_of(source: str) -> dict[Place, int]:
    """The line of every table and key that stands at the beginning of a line."""
    lines: dict[Place, int] = {(): 1}
    table: Place = ()
    counts: dict[Place, int] = {}
    for number, text in enumerate(source.splitlines(), start=1):
        header, key = _HEADER.match(text), _KEY.match(text)
        if header:
            table = _table(header.group(2), header.group(1) == "[[", counts)
            lines.setdefault(table, number)
        elif key:
            lines.setdefault((*table, *_parts(key.group(1))), number)
    return lines


def _table(dotted: str, is_list: bool, counts: dict[Place, int]) -> Place:
    place: Place = ()
    parts = _parts(dotted)
    for index, part in enumerate(parts):
        place = (*place, part)
        if is_list and index == len(parts) - 1:
            counts[place] = counts.get(place, 0) + 1
        if place in counts:
            place = (*place, counts[place] - 1)
    return place


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip('"') for part in dotted.split("."))


def line_at(place: Place, lines: dict[Place, int]) -> int:
    """The line of a place, or of the nearest table around it that is known."""
    while place not in lines and place:
        place = place[:-1]
    return lines.get(place, 1)


def _mistake(detail: ErrorDetails, name: str, lines: dict[Place, int]) -> Problem:
    place = detail["loc"]
    return Problem(name, line_at(place, lines), _explain(detail["type"], detail["msg"], place))


def _explain(kind: str, message: str, place: Place) -> str:
    words = [str(part) for part in place if isinstance(part, str)]
    key = words[-1] if words else "this file"
    is_number = key in ("phone", "number")
    plain = {
        "missing": f"`{key}` is missing here; add it",
        "extra_forbidden": f"`{key}` is not a known key here; correct its spelling or remove it",
        "string_type": (
            f"`{key}` must stand in quotes, so that no digit of the number is lost"
            if is_number
            else f"`{key}` must be a text in quotes"
        ),
        "string_pattern_mismatch": (
            f"`{key}` may hold digits, spaces, - and a leading + only"
            if is_number
            else f"`{key}` does not have the form that is expected here; see content/README.md"
        ),
        "string_too_short": f"`{key}` is empty; fill it",
        "too_short": f"`{key}` is empty; give at least one",
        "int_type": f"`{key}` must be a whole number without quotes",
        "date_type": f"`{key}` must be a date without quotes, such as 2027-02-22",
    }
    if kind in plain:
        return plain[kind]
    return f"`{key}`: {message.removeprefix('Value error, ')}; see content/README.md"

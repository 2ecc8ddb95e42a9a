"""Parameters of a method: types from the Bot API's own table, coerced as the server does.

botapi.json is an extract of the documentation of Bot API 10.1 (2026-06-11): for each method its
parameters, their types, and "required".
"""

import json
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from bot.sandbox.files import Upload
from bot.sandbox.refusals import Refused, bad_request
from bot.sandbox.strict_json import read_json

Spec = dict[str, list[str]]

_TRUE = frozenset({"true", "yes", "1"})
_SCALARS = frozenset({"String", "Integer", "Float", "Boolean", "InputFile", "required"})
# A 64-bit number has no more digits.
_MAX_DIGITS = 19
# The server refuses the lack of these in its own words, further on.
_REFUSED_LATER = frozenset(
    {"chat_id", "text", "message_id", "from_chat_id", "callback_query_id", "url", "file_id"}
)


def load_table() -> dict[str, Spec]:
    """Every method of the Bot API with its parameters."""
    table: dict[str, Spec] = json.loads(files("bot.sandbox").joinpath("botapi.json").read_text())
    return table


@dataclass(slots=True)
class Call:
    """One request to a method, with its values in Python's types."""

    method: str
    values: dict[str, Any]
    uploads: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A String parameter; empty if it is missing."""
        value = self.values.get(name)
        return value if isinstance(value, str) else ""

    def integer(self, name: str, default: int = 0) -> int:
        """An Integer parameter."""
        value = self.values.get(name, default)
        return value if isinstance(value, int) else default

    def flag(self, name: str) -> bool:
        """A Boolean parameter; False if it is missing."""
        return self.values.get(name) is True

    def file(self, name: str) -> Upload | str | None:
        """An InputFile parameter: an upload, or a file_id or address as text."""
        value = self.values.get(name)
        if isinstance(value, str) and value.startswith("attach://"):
            return self.uploads.get(value.removeprefix("attach://"))
        return value if isinstance(value, str) and value else self.uploads.get(name)


def coerce(method: str, spec: Spec, raw: dict[str, Any], uploads: dict[str, Upload]) -> Call:
    """The call with typed values, or Refused; parameters that the method lacks are left out."""
    values = {
        name: _value(name, types, raw[name])
        for name, types in spec.items()
        if name in raw and raw[name] is not None
    }
    for name, types in spec.items():
        missing = "required" in types and name not in values and name not in uploads
        if missing and name not in _REFUSED_LATER:
            raise bad_request(f'parameter "{name}" is required')
    return Call(method, values, uploads)


def _value(name: str, types: list[str], raw: Any) -> Any:
    if types[0] == "Boolean":
        return raw is True or str(raw).lower() in _TRUE
    if types[0] == "Integer":
        return _integer(name, raw, lenient="String" in types)
    if types[0] == "Float":
        return _float(name, raw)
    if any(kind not in _SCALARS for kind in types):
        return _structure(name, types, raw)
    if isinstance(raw, bool | dict | list):
        raise _wrong(name, "String")
    return str(raw)


def _integer(name: str, raw: Any, lenient: bool) -> int | str:
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    if isinstance(raw, str):
        digits = raw.strip().removeprefix("-")
        if digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS:
            return int(raw)
        if lenient:
            return raw
    raise _wrong(name, "Integer")


def _float(name: str, raw: Any) -> float:
    try:
        return float(raw)
    except (TypeError, ValueError) as error:
        raise _wrong(name, "Float") from error


def _structure(name: str, types: list[str], raw: Any) -> Any:
    """A parameter that is JSON: sent as text in forms, as itself in JSON bodies."""
    value = raw
    if isinstance(raw, str):
        if not raw:
            return None
        try:
            value = read_json(raw)
        except ValueError as error:
            if "String" in types:
                return raw
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from error
    wanted = list if types[0].startswith("Array") else dict
    if not isinstance(value, wanted):
        if "String" in types:
            return str(raw)
        if name == "reply_markup":
            raise bad_request("object expected as reply markup")
        raise _wrong(name, "Array" if wanted is list else "Object")
    return value


def _wrong(name: str, kind: str) -> Refused:
    return bad_request(f'parameter "{name}" must be of type {kind}')

"""What a client of /sim asks for, read strictly from JSON or a query string."""

import math
from typing import Any

from bot.sandbox.people import Person
from bot.sandbox.world import World


class SimError(Exception):
    """A /sim request that cannot be carried out; `status` is the HTTP status, the text one line."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Order:
    """The JSON body of a /sim request."""

    def __init__(self, fields: Any) -> None:
        if not isinstance(fields, dict):
            raise SimError(400, "the body must be a JSON object")
        self.fields: dict[str, Any] = fields

    def text(self, name: str, default: str | None = None) -> str:
        """A text field; refused if it is missing and has no default."""
        value = self.fields.get(name, default)
        if not isinstance(value, str):
            raise SimError(400, f'"{name}" must be a text')
        return value

    def whole(self, name: str) -> int:
        """A whole number that must be there."""
        value = self.fields.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise SimError(400, f'"{name}" must be a whole number')
        return value

    def optional_whole(self, name: str) -> int | None:
        """A whole number that may be missing."""
        return None if self.fields.get(name) is None else self.whole(name)

    def number(self, name: str, default: float) -> float:
        """A number, or the default if it is missing."""
        value = self.fields.get(name, default)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise SimError(400, f'"{name}" must be a number')
        if not math.isfinite(value):
            raise SimError(400, f'"{name}" must be finite')
        return float(value)

    def mapping(self, name: str) -> dict[str, Any]:
        """An object that must be there."""
        value = self.fields.get(name)
        if not isinstance(value, dict):
            raise SimError(400, f'"{name}" must be an object')
        return value

    def person(self, world: World) -> Person:
        """The person that the field `person` names."""
        return find_person(world, self.whole("person"))


def find_person(world: World, person_id: int) -> Person:
    """The person, or SimError 404."""
    person = world.people.get(person_id)
    if person is None:
        raise SimError(404, f"no such person: {person_id}")
    return person


def whole_query(value: str | None, name: str, default: int | None = None) -> int:
    """A whole number from a query string."""
    if value is None and default is not None:
        return default
    try:
        return int(value or "")
    except ValueError as error:
        raise SimError(400, f'"{name}" must be a whole number') from error

"""The invented people who talk to the bot."""

from dataclasses import dataclass
from typing import Any

FIRST_PERSON_ID = 1001


@dataclass(slots=True)
class Person:
    """One invented person; `started` is true once they have written to the bot."""

    id: int
    name: str
    language: str = "en"
    blocked: bool = False
    deactivated: bool = False
    started: bool = False

    def user(self) -> dict[str, Any]:
        """The person as a Bot API User."""
        return {
            "id": self.id,
            "is_bot": False,
            "first_name": self.name,
            "language_code": self.language,
        }

    def chat(self) -> dict[str, Any]:
        """The person's private chat as a Bot API Chat."""
        return {"id": self.id, "type": "private", "first_name": self.name}

    def view(self) -> dict[str, Any]:
        """The person as /sim/people shows them."""
        return {
            "id": self.id,
            "name": self.name,
            "language": self.language,
            "blocked": self.blocked,
        }


class People:
    """All invented people, by id."""

    def __init__(self) -> None:
        self._by_id: dict[int, Person] = {}
        self._next_id = FIRST_PERSON_ID

    def add(self, name: str | None, language: str, person_id: int | None) -> Person:
        """Add a person; ValueError if the id is taken or not positive."""
        chosen = self._free_id() if person_id is None else person_id
        if chosen <= 0 or chosen in self._by_id:
            raise ValueError(f"the id {chosen} is taken or not a positive number")
        person = Person(id=chosen, name=name or f"Person {chosen}", language=language)
        self._by_id[chosen] = person
        return person

    def _free_id(self) -> int:
        while self._next_id in self._by_id:
            self._next_id += 1
        return self._next_id

    def get(self, person_id: int) -> Person | None:
        """The person with this id, if there is one."""
        return self._by_id.get(person_id)

    def all(self) -> list[Person]:
        """Everybody, in the order of arrival."""
        return list(self._by_id.values())

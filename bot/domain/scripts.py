"""The one format of every conversation: a script is a list of questions. Content fills it in."""

import re
from dataclasses import dataclass
from enum import StrEnum

_ID = re.compile(r"[a-z][a-z0-9_]{0,15}")
# Callback data is "d:<22 characters>:<question>:<value>", of which Telegram takes 64 bytes.
_VALUE = re.compile(r"[A-Za-z0-9_./+-]{1,16}")
MOST_COLUMNS = 8  # more buttons in a row cannot be read on a phone
MOST_POINTS = 1_000_000  # no scale of ours comes near; keeps numbers printable
LONGEST_TEXT = 4096  # characters, Telegram's limit for one message


class Kind(StrEnum):
    """What sort of answer a question takes."""

    SCALE = "scale"
    CHOICE = "choice"
    HOURS = "hours"
    TEXT = "text"
    PLACE = "place"
    TIME = "time"
    CONFIRM = "confirm"


_MEASURED = frozenset({Kind.SCALE, Kind.HOURS})


@dataclass(frozen=True, slots=True)
class Option:
    """One button under a question; `label` is a key of the library. ValueError for a bad value."""

    value: str
    label: str

    def __post_init__(self) -> None:
        if not _VALUE.fullmatch(self.value):
            raise ValueError(f"option value {self.value!r}: 1-16 of A-Z a-z 0-9 _ . / + -")


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `ask` is a key of the library.

    `minimum` and `maximum` are required for scale (points) and hours (h), inclusive, 0-1,000,000.
    `max_chars` is 1-4096, `columns` 1-8 buttons a row. ValueError for anything else.
    """

    id: str
    kind: Kind
    ask: str
    options: tuple[Option, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    max_chars: int = LONGEST_TEXT
    skippable: bool = True
    columns: int = 6

    def __post_init__(self) -> None:
        _check_id(self.id)
        if not (1 <= self.max_chars <= LONGEST_TEXT and 1 <= self.columns <= MOST_COLUMNS):
            raise ValueError(f"question {self.id}: max_chars 1-4096, columns 1-8")
        self._check_options()
        if self.kind in _MEASURED and not 0 <= self.bounds[0] < self.bounds[1] <= MOST_POINTS:
            raise ValueError(f"question {self.id}: 0 <= minimum < maximum <= {MOST_POINTS}")

    def _check_options(self) -> None:
        values = [option.value for option in self.options]
        if len({value.casefold() for value in values}) < len(values):
            raise ValueError(f"question {self.id}: an option value comes twice")
        if self.kind is Kind.CHOICE and not values:
            raise ValueError(f"question {self.id}: a choice needs options")
        if self.kind is Kind.CONFIRM and set(values) != {"yes", "no"}:
            raise ValueError(f"question {self.id}: a confirmation has the options yes and no")

    @property
    def bounds(self) -> tuple[float, float]:
        """The smallest and the largest number taken; ValueError where there are none."""
        if self.minimum is None or self.maximum is None:
            raise ValueError(f"question {self.id}: needs minimum and maximum")
        return self.minimum, self.maximum


@dataclass(frozen=True, slots=True)
class Script:
    """A conversation; `opens_with` and `closes_with` are keys of the library.

    `opens_with` is a card with a Begin button; None puts the first question at once. `lasts_hours`
    (h, at least 1) is how long it stays open. ValueError for a script that cannot run.
    """

    id: str
    version: int
    questions: tuple[Question, ...]
    opens_with: str | None
    closes_with: str
    lasts_hours: int

    def __post_init__(self) -> None:
        _check_id(self.id)
        ids = {question.id for question in self.questions}
        if not ids or len(ids) < len(self.questions):
            raise ValueError(f"script {self.id}: needs questions, each id once")
        if self.version < 1 or self.lasts_hours < 1:
            raise ValueError(f"script {self.id}: version and lasts_hours start at 1")

    def question(self, id: str | None) -> Question | None:
        """The question with this id, or None."""
        return next((question for question in self.questions if question.id == id), None)

    def next_after(self, id: str) -> Question | None:
        """The question that follows; None after the last. ValueError for an unknown id."""
        return self._neighbour(id, +1)

    def previous_before(self, id: str) -> Question | None:
        """The question in front; None before the first. ValueError for an unknown id."""
        return self._neighbour(id, -1)

    def _neighbour(self, id: str, step: int) -> Question | None:
        place = [question.id for question in self.questions].index(id) + step
        return self.questions[place] if 0 <= place < len(self.questions) else None


def _check_id(id: str) -> None:
    if not _ID.fullmatch(id):
        raise ValueError(f"id {id!r}: a small letter, then at most 15 of a-z 0-9 _")

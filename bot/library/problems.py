"""What is wrong in content/, said to someone who edits texts and not programs."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to look at: the file below content/, its line (from 1), and what to do.

    A note does not stop the start and does not fail the check.
    """

    file: str
    line: int
    text: str
    is_note: bool = False

    def __str__(self) -> str:
        note = "note: " if self.is_note else ""
        return f"{self.file}:{self.line}: {note}{self.text}"


def first_mistake(problems: Iterable[Problem]) -> Problem | None:
    """The first problem that is more than a note, in the order given."""
    return next((problem for problem in problems if not problem.is_note), None)

"""Everything that is wrong in content/, for `python -m bot content check`."""

from datetime import date
from pathlib import Path

from bot.library.problems import Problem
from bot.library.shelf import read_shelf


def check(root: Path, today: date | None = None) -> list[Problem]:
    """Every problem below `root`, by file and line; notes are marked as such.

    With `today`, a resource past its `check_by` is a problem too. At start it is left out: a date
    that has passed must not take the bot away from people.
    """
    return sorted(set(read_shelf(root, today).problems))

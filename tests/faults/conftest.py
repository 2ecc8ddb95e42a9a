import os
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from bot.domain.schedules import WallTime
from tests.faults.crowd import Crowd, Plan
from tests.faults.stage import Stage, stage

IS_LONG = os.environ.get("STILLWATER_TEST_LONG") == "1"
"""Rows that take minutes or hours run in full length only by `python -m tests.faults --long`."""

Settle = Callable[..., object]


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(tmp_path) as found:
        yield found


@pytest.fixture
def crowd(place: Stage) -> Crowd:
    return Crowd(place, Random(7))  # noqa: S311 - repeatable


def planned(crowd: Crowd, person: int, kind: str, due: datetime) -> None:
    """A schedule in UTC whose next occurrence is the minute of `due`."""
    now = crowd.stage.world.clock.now()
    crowd.plans.append(Plan(person, kind, WallTime(due.hour, due.minute), "UTC", now))


def next_minute(place: Stage, ahead: timedelta) -> datetime:
    """A whole minute so far ahead, by the sandbox's clock."""
    return (place.world.clock.now() + ahead).replace(second=0, microsecond=0)

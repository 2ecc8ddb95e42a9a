"""Wall times: read kindly, refused when they cannot be a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.schedules import WallTime

WALLS = st.integers(0, 1439).map(WallTime.from_minutes)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("7:30", "07:30"),
        ("07:30", "07:30"),
        ("7", "07:00"),
        ("0", "00:00"),
        ("7am", "07:00"),
        ("12 am", "00:00"),
        ("12 p.m.", "12:00"),
        ("7:30 PM", "19:30"),
        ("19.30", "19:30"),
        ("19.30 Uhr", "19:30"),
        ("7h30", "07:30"),
        ("0730", "07:30"),
        ("730", "07:30"),
        ("\u200f٧:٣٠", "07:30"),
        ("７：３０", "07:30"),
        ("  23:59 ", "23:59"),
    ],
)
def test_a_time_is_read_kindly(text: str, shown: str) -> None:
    assert str(WallTime.parse(text)) == shown


@pytest.mark.parametrize(
    "text",
    [
        *["", " ", "24:00", "7:60", "7:5", "13 pm", "0 am", "-1", "7:30:00", "12345", "½", "7²"],
        *["seven", "NaN", "1e3", "9" * 5000, "7-8", "../../etc", "\x00", "7:30\n7:30"],
    ],
)
def test_what_cannot_be_a_time_is_none(text: str) -> None:
    assert WallTime.parse(text) is None


@given(WALLS)
def test_a_wall_time_survives_minutes_and_text(wall: WallTime) -> None:
    assert WallTime.from_minutes(wall.minutes) == wall == WallTime.parse(str(wall))


@given(st.text())
def test_reading_a_time_never_raises(text: str) -> None:
    wall = WallTime.parse(text)
    assert wall is None or 0 <= wall.minutes < 1440


@pytest.mark.parametrize("minutes", [-1, 1440])
def test_a_wall_time_outside_the_day_is_refused(minutes: int) -> None:
    with pytest.raises(ValueError, match="between 00:00 and 23:59"):
        WallTime.from_minutes(minutes)

"""Wall times, weekdays and zones: every slot once, at the time the person's own clock shows."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.schedules import (
    EVERY_DAY,
    WallTime,
    is_late,
    local_day,
    next_due,
    occurrence_day,
    zone_exists,
)
from bot.domain.schedules import _zone_names as zone_names

ZONES = st.sampled_from(sorted(zone_names()))
WALLS = st.integers(0, 1439).map(WallTime.from_minutes)
START = datetime(2000, 1, 3, tzinfo=UTC)
MOMENTS = st.integers(0, 37 * 365 * 1440).map(lambda minutes: START + timedelta(minutes=minutes))
BERLIN = "Europe/Berlin"


def at(text: str, zone: str = "UTC", fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def chain(wall: str, weekdays: int, zone: str, after: datetime) -> Iterator[datetime]:
    time = WallTime.parse(wall)
    assert time is not None
    while True:
        due = next_due(time, weekdays, zone, after)
        assert due is not None
        yield due
        after = due


def local(due: datetime, zone: str) -> str:
    return due.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def first(count: int, wall: str, zone: str, after: str) -> list[str]:
    dues = chain(wall, EVERY_DAY, zone, at(after, zone))
    return [local(next(dues), zone) for _ in range(count)]


def test_no_weekday_is_never_due() -> None:
    assert next_due(WallTime(9), 0, BERLIN, at("2026-01-01")) is None


@pytest.mark.parametrize("mask", [-1, 128])
def test_a_mask_outside_seven_days_is_refused(mask: int) -> None:
    with pytest.raises(ValueError, match="bit mask"):
        next_due(WallTime(9), mask, BERLIN, at("2026-01-01"))


def test_a_naive_moment_is_refused() -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - that is the point
    with pytest.raises(ValueError, match="aware"):
        next_due(WallTime(9), EVERY_DAY, BERLIN, naive)


def test_the_moment_itself_is_not_later_than_itself() -> None:
    due = next_due(WallTime(9), EVERY_DAY, BERLIN, at("2026-01-01 09:00", BERLIN))
    assert due == at("2026-01-02 09:00", BERLIN)


def test_only_listed_weekdays_are_due() -> None:
    dues = chain("9:00", 0b0010001, BERLIN, at("2026-11-24 12:00"))  # a Tuesday; Monday, Friday
    days = [next(dues).astimezone(ZoneInfo(BERLIN)).date().isoformat() for _ in range(3)]
    assert days == ["2026-11-27", "2026-11-30", "2026-12-04"]


def test_the_same_weekday_next_week_is_found() -> None:
    due = next_due(WallTime(9), 1, BERLIN, at("2026-11-23 09:00", BERLIN))
    assert due == at("2026-11-30 09:00", BERLIN)


@pytest.mark.parametrize(
    ("zone", "wall", "eve", "days"),
    [
        (BERLIN, "2:30", "2026-03-28 12:00", ["2026-03-29 03:30", "2026-03-30 02:30"]),
        ("America/New_York", "2:15", "2026-03-07 12:00", ["2026-03-08 03:15", "2026-03-09 02:15"]),
        ("Australia/Lord_Howe", "2:15", "2026-10-03 12:00", ["2026-10-04 02:45"]),
        ("Pacific/Chatham", "2:50", "2026-09-26 12:00", ["2026-09-27 03:50", "2026-09-28 02:50"]),
        ("Africa/Cairo", "0:00", "2026-04-23 12:00", ["2026-04-24 01:00", "2026-04-25 00:00"]),
        ("Asia/Beirut", "0:00", "2026-03-28 12:00", ["2026-03-29 01:00", "2026-03-30 00:00"]),
        ("America/Havana", "0:30", "2026-03-07 12:00", ["2026-03-08 01:30", "2026-03-09 00:30"]),
        ("America/Nuuk", "23:30", "2026-03-28 12:00", ["2026-03-29 00:30", "2026-03-29 23:30"]),
    ],
)
def test_a_wall_time_in_a_gap_moves_forward(
    zone: str, wall: str, eve: str, days: list[str]
) -> None:
    assert first(len(days), wall, zone, eve) == days


def test_a_slot_pushed_past_midnight_is_found_from_past_midnight() -> None:
    assert first(1, "23:30", "America/Nuuk", "2026-03-29 00:10") == ["2026-03-29 00:30"]


@pytest.mark.parametrize(
    ("zone", "wall", "eve"),
    [
        (BERLIN, "2:30", "2026-10-24 12:00"),
        ("America/New_York", "1:30", "2026-10-31 12:00"),
        ("Australia/Lord_Howe", "1:45", "2026-04-04 12:00"),
        ("America/Havana", "0:30", "2026-10-31 12:00"),
    ],
)
def test_a_wall_time_that_comes_twice_is_due_at_the_first_and_once(
    zone: str, wall: str, eve: str
) -> None:
    dues = chain(wall, EVERY_DAY, zone, at(eve, zone))
    once, again = next(dues), next(dues)
    assert once.astimezone(ZoneInfo(zone)).fold == 0
    assert once.astimezone(ZoneInfo(zone)).dst() != again.astimezone(ZoneInfo(zone)).dst()
    assert again - once > timedelta(hours=24)


def test_between_the_two_of_a_doubled_wall_time_the_next_is_tomorrow() -> None:
    between = at("2026-10-25 02:10", BERLIN, fold=1)
    assert next_due(WallTime(2, 30), EVERY_DAY, BERLIN, between) == at("2026-10-26 02:30", BERLIN)


def test_samoas_missing_day_gives_no_duplicate() -> None:
    days = first(3, "9:00", "Pacific/Apia", "2011-12-28 12:00")
    assert days == ["2011-12-29 09:00", "2011-12-31 09:00", "2012-01-01 09:00"]


def test_a_weekly_slot_on_samoas_missing_friday_falls_on_saturday() -> None:
    due = next(chain("9:00", 0b0010000, "Pacific/Apia", at("2011-12-28 12:00", "Pacific/Apia")))
    assert local(due, "Pacific/Apia") == "2011-12-31 09:00"


def test_moving_to_another_zone_at_23_59_keeps_one_slot_a_day() -> None:
    moved = at("2026-06-10 23:59", BERLIN)
    due = next_due(WallTime(9), EVERY_DAY, "America/New_York", moved)
    assert due == at("2026-06-11 09:00", "America/New_York")
    westward_again = next_due(WallTime(23, 59), EVERY_DAY, "Pacific/Kiritimati", moved)
    assert westward_again == at("2026-06-11 23:59", "Pacific/Kiritimati")


@given(ZONES, WALLS, MOMENTS)
def test_a_daily_chain_rises_by_20_to_49_hours(zone: str, wall: WallTime, after: datetime) -> None:
    dues = chain(str(wall), EVERY_DAY, zone, after)
    before = next(dues)
    assert after < before <= after + timedelta(hours=49)
    for _, due in zip(range(4), dues, strict=False):
        assert timedelta(hours=20) <= due - before <= timedelta(hours=49)
        before = due


@given(ZONES, WALLS, MOMENTS)
def test_the_wall_time_is_exact_except_inside_a_gap(
    zone: str, wall: WallTime, after: datetime
) -> None:
    due = next(chain(str(wall), EVERY_DAY, zone, after))
    here = due.astimezone(ZoneInfo(zone))
    if (here.hour, here.minute) != (wall.hour, wall.minute):
        meant = occurrence_day(due, zone, wall)
        wanted = datetime(meant.year, meant.month, meant.day, wall.hour, wall.minute)  # noqa: DTZ001
        aware = wanted.replace(tzinfo=ZoneInfo(zone))
        assert aware.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) > wanted


@given(ZONES, WALLS, MOMENTS, st.integers(1, 127))
def test_each_listed_weekday_is_due_once_a_week(
    zone: str, wall: WallTime, after: datetime, weekdays: int
) -> None:
    dues = chain(str(wall), weekdays, zone, after)
    days = [occurrence_day(next(dues), zone, wall) for _ in range(2 * weekdays.bit_count())]
    assert len(set(days)) == len(days)
    missing_friday = zone in {"Pacific/Apia", "Pacific/Fakaofo"} and after.year in (2011, 2012)
    if not missing_friday:
        assert all(weekdays >> day.weekday() & 1 for day in days)
        assert days[-1] - days[0] < timedelta(days=14)


def test_no_slot_is_missing_or_doubled_in_any_zone_over_two_years() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for zone in sorted(zone_names()):
        dues = chain("2:30", EVERY_DAY, zone, start)
        days = [occurrence_day(next(dues), zone) for _ in range(730)]
        assert days == [days[0] + timedelta(days=n) for n in range(730)], zone


def test_the_occurrence_day_is_the_local_calendar_day() -> None:
    assert occurrence_day(at("2026-01-01 23:30"), BERLIN) == date(2026, 1, 2)


def test_a_slot_pushed_past_midnight_keeps_the_day_it_was_meant_for() -> None:
    pushed = at("2026-03-29 00:30", "America/Nuuk")
    assert occurrence_day(pushed, "America/Nuuk", WallTime(23, 30)) == date(2026, 3, 28)
    assert occurrence_day(pushed, "America/Nuuk", WallTime(0, 30)) == date(2026, 3, 29)
    evening = at("2026-03-29 23:30", "America/Nuuk")
    assert occurrence_day(evening, "America/Nuuk", WallTime(23, 30)) == date(2026, 3, 29)


def test_a_due_moment_from_before_a_change_of_zone_counts_for_its_local_day() -> None:
    due = at("2026-06-10 09:00", "Asia/Tokyo")
    assert occurrence_day(due, BERLIN, WallTime(9)) == date(2026, 6, 10)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-06-10 03:59", date(2026, 6, 9)),
        ("2026-06-10 04:00", date(2026, 6, 10)),
        ("2026-03-29 03:30", date(2026, 3, 28)),
        ("2026-03-29 04:00", date(2026, 3, 29)),
        ("2026-01-01 00:00", date(2025, 12, 31)),
    ],
)
def test_before_four_it_is_still_the_day_before(moment: str, day: date) -> None:
    assert local_day(at(moment, BERLIN), BERLIN) == day


def test_a_person_may_choose_when_the_day_ends() -> None:
    assert local_day(at("2026-06-10 05:00", BERLIN), BERLIN, WallTime(6)) == date(2026, 6, 9)


def test_late_is_more_than_sixty_minutes() -> None:
    due = at("2026-06-10 09:00")
    assert not is_late(due, due + timedelta(minutes=60))
    assert is_late(due, due + timedelta(minutes=60, seconds=1))


@pytest.mark.parametrize("name", [BERLIN, "Europe/Kiev", "Asia/Kathmandu", "UTC"])
def test_iana_names_exist(name: str) -> None:
    assert zone_exists(name)


@pytest.mark.parametrize(
    "name",
    [
        *["", "../../etc/passwd", "/etc/localtime", "Europe/Berlin/", "europe/berlin", "Europe"],
        *["Factory", "localtime", "posixrules", "US/Pacific-New", "Mars/Olympus", "Z" * 5000],
        "\x00",
    ],
)
def test_what_is_no_zone_of_a_place_does_not_exist(name: str) -> None:
    assert not zone_exists(name)

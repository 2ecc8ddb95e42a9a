from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.chat import Person
from tests.conftest import ON_BOTH
from tests.house import House


def shown(date: int, zone: str) -> str:
    return datetime.fromtimestamp(date, ZoneInfo(zone)).strftime("%A %H:%M")


@ON_BOTH
async def test_a_check_in_comes_at_its_time_in_the_persons_zone_once(
    house: House, joined: Person
) -> None:
    ann = await house.person("Ann")
    await ann.joins("New York", "07:00")

    await house.tomorrow_at("07:59")
    await joined.sees_nothing_new()
    await house.today_at("08:00")
    offer = await joined.sees_only("checkin-offer")
    assert shown(offer.date, "Europe/Berlin") == "Thursday 08:00"
    await ann.sees_nothing_new()

    await house.today_at("07:00", "America/New_York")
    offer = await ann.sees_only("checkin-offer")
    assert shown(offer.date, "America/New_York") == "Thursday 07:00"
    await joined.sees_nothing_new()


async def test_a_check_in_comes_again_on_the_next_day(house: House, joined: Person) -> None:
    for day in ("Thursday", "Friday", "Saturday"):
        await house.tomorrow_at("08:00")
        offer = await joined.sees_only("checkin-offer")
        assert shown(offer.date, "Europe/Berlin") == f"{day} 08:00"


async def test_a_clock_that_is_set_back_brings_no_second_check_in(
    house: House, joined: Person
) -> None:
    await house.tomorrow_at("08:00")
    await joined.sees_only("checkin-offer")
    await house.later(hours=-2)
    await joined.sees_nothing_new()
    await house.later(hours=2)
    await joined.sees_nothing_new()


async def test_a_restart_right_after_a_check_in_brings_no_second_one(
    house: House, joined: Person
) -> None:
    await house.tomorrow_at("08:00")
    await joined.sees_only("checkin-offer")
    await house.restart()
    await joined.sees_nothing_new()


@pytest.mark.parametrize("came_back_at", ["08:40", "09:30", "23:00"])
async def test_a_check_in_that_is_late_comes_once(
    house: House, joined: Person, came_back_at: str
) -> None:
    await house.close()
    await house.tomorrow_at(came_back_at)
    await house.open()
    await joined.sees_only("checkin-offer")
    await house.tomorrow_at("08:00")
    await joined.sees_only("checkin-offer")


@ON_BOTH
async def test_after_three_days_away_one_check_in_comes(house: House, joined: Person) -> None:
    await house.quiet()
    await house.close()
    await house.later(days=3)
    await house.open()
    await joined.sees_only("checkin-offer")
    assert (await house.kept())["dialog"] == 2  # joining, and this one


async def test_after_three_days_away_the_words_written_meanwhile_are_answered_once(
    house: House, joined: Person
) -> None:
    await house.quiet()
    await house.close()
    await house.later(days=3)
    await joined.says("/today")
    await house.open()
    await joined.sees("today-empty")
    await house.quiet()
    assert [card.says("today-empty") for card in await joined.cards()].count(True) == 1

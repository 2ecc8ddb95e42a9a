"""Another place or another time, after joining."""

from bot.storage import tables
from tests.chat import Person
from tests.conftest import ON_BOTH
from tests.house import House


async def asks_for_another(person: Person) -> None:
    await person.says("/start")
    await person.sees_only("welcome-back")
    await person.taps("label-anew")
    await person.sees_only("join-place")


@ON_BOTH
async def test_place_and_time_can_be_changed(house: House, joined: Person) -> None:
    await asks_for_another(joined)
    await joined.says("New York")
    await joined.sees("join-zone-right", "it is 07:00 there now")
    await joined.taps("label-yes")
    await joined.sees("join-time")
    await joined.says("19:30")
    await joined.sees_only("join-done", "every day at 19:30")
    [person] = await house.rows(tables.person)
    assert (person.country, person.zone) == ("US", "America/New_York")

    await house.tomorrow_at("08:01")
    await house.quiet()
    await joined.sees("checkin-offer")  # of 19:30 in New York, the evening before
    await house.today_at("19:30", "America/New_York")
    await joined.sees_only("checkin-offer")


async def test_the_old_time_holds_until_a_new_one_is_chosen(house: House, joined: Person) -> None:
    await asks_for_another(joined)
    await joined.says("New York")
    await joined.sees("join-zone-right")
    await joined.taps("label-yes")
    await joined.sees("join-time")
    await house.tomorrow_at("08:00")
    await joined.sees_only("checkin-offer")
    await joined.says("19:30")
    await joined.sees_only("join-done", "every day at 19:30")
    [schedule] = await house.rows(tables.schedule)
    assert (schedule.wall_minutes, schedule.zone) == (19 * 60 + 30, "America/New_York")


async def test_no_check_ins_can_be_undone(house: House, sam: Person) -> None:
    await sam.joins(wall="label-none-time")
    await asks_for_another(sam)
    await sam.says("Berlin")
    await sam.taps("label-yes")
    await sam.sees("join-time")
    await sam.taps("09:00")
    await sam.sees_only("join-done", "every day at 09:00")
    await house.tomorrow_at("09:00")
    await sam.sees_only("checkin-offer")


async def test_check_ins_can_be_ended_without_a_stop(house: House, joined: Person) -> None:
    await asks_for_another(joined)
    await joined.says("Berlin")
    await joined.taps("label-yes")
    await joined.sees("join-time")
    await joined.taps("label-none-time")
    await joined.sees_only("join-done-no-time")
    await house.tomorrow_at("08:00")
    await joined.sees_nothing_new()


async def test_a_card_of_the_first_run_that_is_over_says_so(house: House, joined: Person) -> None:
    await asks_for_another(joined)
    old = await joined.last()
    await asks_for_another(joined)
    await joined.taps("country-ie", on=old)
    await joined.sees_only("join-over")
    [person] = await house.rows(tables.person)
    assert person.country == "DE"


async def test_a_new_time_chosen_after_a_stop_turns_check_ins_on(
    house: House, joined: Person
) -> None:
    await joined.says("/start")
    menu = await joined.sees("welcome-back")
    await joined.says("/stop")
    await joined.sees("stopped")
    await joined.taps("label-anew", on=menu)
    await joined.sees("join-place")
    await joined.says("Berlin")
    await joined.taps("label-yes")
    await joined.sees("join-time")
    await joined.taps("09:00")
    await joined.sees("join-done")
    [person] = await house.rows(tables.person)
    assert person.stopped_at is None
    await house.tomorrow_at("09:00")
    await joined.sees_only("checkin-offer")


async def test_the_button_of_somebody_who_is_not_kept_asks_for_the_age(
    house: House, sam: Person
) -> None:
    await sam.says("/help")
    await sam.presses("join:anew", on=await sam.sees("help-text"))
    await sam.sees_only("start-what")
    assert (await house.kept())["person"] == 0

from collections.abc import Awaitable, Callable

import pytest

from bot.storage import tables
from tests.chat import Person
from tests.conftest import ON_BOTH
from tests.house import House

NOTHING = {"person": 0, "schedule": 0, "dialog": 0, "answer": 0}


@ON_BOTH
async def test_a_stranger_joins_and_learns_when_the_first_check_in_comes(sam: Person) -> None:
    await sam.says("/start")
    await sam.sees("start-what")
    await sam.taps("start-yes-adult")
    await sam.sees("consent-ask")
    await sam.taps("consent-yes")
    await sam.sees("join-place")
    await sam.says("Berlin")
    await sam.sees("join-zone-right", "it is 13:00 there now")
    await sam.taps("label-yes")
    await sam.sees("join-time")
    await sam.taps("08:00")
    await sam.sees_only("join-done", "every day at 08:00", "Thursday 26 November, 08:00")


async def test_j3_what_must_be_known_is_said_first(sam: Person) -> None:
    await sam.says("/start")
    card = await sam.sees_only("start-what")
    for said in ("automated program", "not a person", "not an emergency service", "for adults"):
        assert card.says(said)
    assert card.says("/sos")
    assert "Help now" in card.buttons


@ON_BOTH
async def test_j1_joining_goes_on_where_it_was_left_on_another_day(
    house: House, sam: Person
) -> None:
    await sam.says("/start")
    await sam.taps("start-yes-adult")
    await sam.taps("consent-yes")
    await sam.sees("join-place")
    await sam.says("Berlin")
    await sam.sees("join-zone-right")

    await house.tomorrow_at("20:00")
    await sam.says("/start")
    await sam.sees("join-zone-right", "it is 20:00 there now")
    await sam.taps("label-yes")
    await sam.sees("join-time")


@pytest.mark.parametrize("left_at", ["join-place", "join-zone-right", "join-time"])
async def test_j1_joining_goes_on_after_a_restart_of_the_bot(
    house: House, sam: Person, left_at: str
) -> None:
    steps: dict[str, Callable[[], Awaitable[object]]] = {
        "join-place": lambda: sam.says("Berlin"),
        "join-zone-right": lambda: sam.taps("label-yes"),
        "join-time": lambda: sam.taps("08:00"),
    }
    await sam.says("/start")
    await sam.taps("start-yes-adult")
    await sam.taps("consent-yes")
    for step, act in steps.items():
        await sam.sees(step)
        if step == left_at:
            await house.quiet()
            await house.restart()
        await act()
    await sam.sees("join-done")
    assert (await house.kept())["person"] == 1


async def test_j1_a_start_in_the_middle_asks_the_same_question_again(sam: Person) -> None:
    await sam.says("/start")
    await sam.taps("start-yes-adult")
    await sam.taps("consent-yes")
    first = await sam.sees("join-place")
    await sam.says("/start")
    again = await sam.sees("join-place")
    assert again.message_id != first.message_id


@ON_BOTH
async def test_j2_whoever_refuses_is_not_stored_and_still_gets_help(
    house: House, sam: Person
) -> None:
    await sam.says("/start")
    await sam.taps("start-yes-adult")
    await sam.taps("consent-no")
    await sam.sees_only("consent-refused")
    assert await house.kept() == NOTHING

    await sam.says("/sos")
    await sam.sees_only("sos-title")
    assert await house.kept() == NOTHING


async def test_j2_whoever_refused_may_still_agree_later(house: House, sam: Person) -> None:
    await sam.says("/start")
    await sam.taps("start-yes-adult")
    consent = await sam.sees("consent-ask")
    await sam.taps("consent-no")
    await sam.sees("consent-refused")
    await sam.taps("consent-yes", on=consent)
    await sam.sees("join-place")
    assert (await house.kept())["person"] == 1


async def test_j2_nothing_is_stored_before_consent(house: House, sam: Person) -> None:
    for text in ("/start", "/checkin", "/today", "/help", "/stop", "my secret", "/start now"):
        await sam.says(text)
        await house.quiet()
    await sam.taps("start-yes-adult")
    await house.quiet()
    assert await house.kept() == NOTHING


async def test_agreeing_twice_makes_one_person(house: House, sam: Person) -> None:
    await sam.says("/start")
    await sam.taps("start-yes-adult")
    consent = await sam.sees("consent-ask")
    await sam.taps("consent-yes", on=consent)
    await sam.taps("consent-yes", on=consent)
    await house.restart()
    await sam.taps("consent-yes", on=consent)
    await sam.sees("join-place")
    await house.quiet()
    kept = await house.kept()
    assert (kept["person"], kept["dialog"]) == (1, 1)


async def test_j4_under_18_gets_lines_for_young_people_and_nothing_is_stored(
    house: House, sam: Person
) -> None:
    await sam.says("/start")
    await sam.sees("start-what")
    await sam.taps("start-no-adult")
    await sam.sees_only("under-age", "sos-title", "112", "findahelpline.com")
    assert "Help now" in await sam.buttons()
    assert await house.kept() == NOTHING


async def test_a_country_name_gives_a_choice_of_its_clocks(sam: Person) -> None:
    await sam.says("/start")
    await sam.taps("start-yes-adult")
    await sam.taps("consent-yes")
    await sam.sees("join-place")
    await sam.says("Canada")
    await sam.sees("place-choose")
    assert "Toronto, Canada" in await sam.buttons()
    await sam.taps("Vancouver, Canada")
    await sam.sees("join-zone-right", "it is 04:00 there now")


async def test_a_country_with_one_clock_needs_no_choice(sam: Person) -> None:
    await sam.says("/start")
    await sam.taps("start-yes-adult")
    await sam.taps("consent-yes")
    await sam.sees("join-place")
    await sam.says("Ireland")
    await sam.sees("join-zone-right", "it is 12:00 there now")


async def test_a_name_that_is_only_like_a_place_is_never_taken_for_it(sam: Person) -> None:
    await sam.says("/start")
    await sam.taps("start-yes-adult")
    await sam.taps("consent-yes")
    await sam.sees("join-place")
    await sam.says("Austin")
    await sam.sees("place-choose")
    assert "Vienna, Austria" in await sam.buttons()
    await sam.says("Chicago")
    await sam.sees("join-zone-right", "Chicago, United States: it is 06:00 there now")


async def test_an_unknown_town_is_asked_for_again_and_help_is_at_hand(sam: Person) -> None:
    await sam.says("/start")
    await sam.taps("start-yes-adult")
    await sam.taps("consent-yes")
    await sam.sees("join-place")
    await sam.says("Xyzzyville")
    await sam.sees("place-unknown", "Xyzzyville")
    assert await sam.buttons() == ["Help now"]
    await sam.says("Berlin")
    await sam.sees("join-zone-right")


async def test_a_town_name_in_two_countries_is_settled_by_a_button(
    house: House, sam: Person
) -> None:
    await sam.says("/start")
    await sam.taps("start-yes-adult")
    await sam.taps("consent-yes")
    await sam.sees("join-place")
    await sam.says("Georgia")
    await sam.sees("place-choose")
    await sam.taps("Tbilisi, Georgia")
    await sam.sees("join-zone-right", "it is 16:00 there now")
    [person] = await house.rows(tables.person)
    assert (person.country, person.zone) == ("GE", "Asia/Tbilisi")


async def test_a_wrong_clock_leads_back_to_the_town(house: House, sam: Person) -> None:
    await sam.says("/start")
    await sam.taps("start-yes-adult")
    await sam.taps("consent-yes")
    await sam.sees("join-place")
    await sam.says("Berlin")
    await sam.sees("join-zone-right")
    await sam.taps("label-no")
    await sam.sees("join-place")
    await sam.says("London")
    await sam.sees("join-zone-right", "it is 12:00 there now")
    [person] = await house.rows(tables.person)
    assert (person.country, person.zone) == ("GB", "Europe/London")


@pytest.mark.parametrize("typed", ["19:30", "7:30 pm", "1930", "19.30 Uhr", "١٩:٣٠"])
async def test_a_time_may_be_typed(sam: Person, typed: str) -> None:
    await sam.says("/start")
    await sam.taps("start-yes-adult")
    await sam.taps("consent-yes")
    await sam.sees("join-place")
    await sam.says("Berlin")
    await sam.taps("label-yes")
    await sam.sees("join-time")
    await sam.says("when the sun is up")
    await sam.sees("reason-not-understood")
    await sam.says(typed)
    await sam.sees("join-done", "every day at 19:30")


async def test_whoever_wants_no_check_ins_by_themselves_gets_none(
    house: House, sam: Person
) -> None:
    await sam.joins(wall="label-none-time")
    assert (await house.kept())["schedule"] == 0
    await house.tomorrow_at("20:00")
    await sam.sees_nothing_new()
    await sam.says("/checkin")
    await sam.sees("ask-headache")


async def test_a_button_of_the_first_run_pressed_late_changes_nothing(
    house: House, sam: Person
) -> None:
    await sam.says("/start")
    what = await sam.sees("start-what")
    await sam.taps("start-yes-adult")
    consent = await sam.sees("consent-ask")
    await sam.taps("consent-yes")
    await sam.sees("join-place")
    await sam.says("Berlin")
    clock = await sam.sees("join-zone-right")
    await sam.taps("label-yes")
    time = await sam.sees("join-time")
    await sam.taps("08:00")
    await sam.sees("join-done")
    await house.restart()
    before = await house.rows(tables.person), await house.rows(tables.schedule)

    await sam.taps("start-yes-adult", on=what)
    await sam.sees("consent-ask")
    await sam.taps("consent-yes", on=consent)
    await sam.sees("welcome-back")
    for label, card in (("label-no", clock), ("label-yes", clock), ("21:00", time)):
        await sam.taps(label, on=card)
        await house.quiet()
    assert (await house.rows(tables.person), await house.rows(tables.schedule)) == before

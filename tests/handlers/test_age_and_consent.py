"""What must be answered before anything is kept: the age, and the newest text of consent."""

import pytest
from sqlalchemy import update

from bot.domain.people import CONSENT_VERSION
from bot.storage import tables
from tests.chat import Card, Person
from tests.conftest import ON_BOTH
from tests.handlers.steps import at_the_time
from tests.house import House


async def says_to_be_younger(house: House, person: Person) -> Card:
    """Press the button of the first card, which is still there."""
    await person.says("/help")
    await person.presses("join:young", on=await person.sees("help-text"))
    return await person.sees("under-age-joined")


@ON_BOTH
async def test_a_minor_is_asked_for_their_age_again_and_yes_goes_on(
    house: House, joined: Person
) -> None:
    await joined.writes_note("before")
    await says_to_be_younger(house, joined)
    await joined.says("/start")
    await joined.sees_only("start-what")
    await house.tomorrow_at("08:01")
    await joined.sees_nothing_new()
    await joined.taps("start-yes-adult")
    await joined.sees_only("resumed")
    await house.tomorrow_at("08:00")
    await joined.sees_only("checkin-offer")
    assert await house.answers("note") == ["before"]


@pytest.mark.parametrize(
    "data", ["start", "join:agree", "join:refuse", "join:anew", "checkin", "a question"]
)
async def test_an_old_button_asks_a_minor_for_their_age_and_keeps_nothing(
    house: House, joined: Person, data: str
) -> None:
    card = await joined.checks_in("headache")
    await says_to_be_younger(house, joined)
    await house.quiet()
    before = await house.rows(tables.person), await house.rows(tables.schedule)
    await joined.presses((card.buttons["7"] or "") if data == "a question" else data, on=card)
    await joined.sees_only("start-what")
    assert (await house.rows(tables.person), await house.rows(tables.schedule)) == before
    assert (await house.kept())["answer"] == 0


@pytest.mark.parametrize("asked", ["/checkin", "/today"])
async def test_a_command_asks_a_minor_for_their_age(
    house: House, joined: Person, asked: str
) -> None:
    await says_to_be_younger(house, joined)
    await joined.says(asked)
    await joined.sees_only("start-what")


async def test_a_minor_of_a_known_country_gets_lines_for_young_people_and_for_the_night(
    house: House, joined: Person
) -> None:
    card = await says_to_be_younger(house, joined)
    assert card.says("112")
    assert card.says("youth-title")
    assert card.says("116 111")
    assert card.says("youth-everybody")
    assert card.says("TelefonSeelsorge")


async def test_a_minor_who_was_only_joining_is_forgotten_after_the_lines_of_their_country(
    house: House, sam: Person
) -> None:
    await at_the_time(sam)
    await sam.presses("join:young", on=await sam.last())
    card = await sam.sees_only("under-age")
    assert card.says("116 111")
    assert (await house.kept())["person"] == 0


async def of_an_older_consent(house: House) -> None:
    """The text of consent has changed since they agreed."""
    assert house.database is not None
    async with house.database.begin() as run:
        await run(update(tables.person).values(consent_version=CONSENT_VERSION - 1))


async def agreed_to(house: House) -> int:
    [person] = await house.rows(tables.person)
    return int(person.consent_version)


@ON_BOTH
async def test_a_newer_text_of_consent_is_asked_for_at_the_next_start(
    house: House, joined: Person
) -> None:
    await of_an_older_consent(house)
    [before] = await house.rows(tables.person)
    await joined.says("/start")
    await joined.sees_only("consent-ask")
    assert await agreed_to(house) < CONSENT_VERSION
    await joined.taps("consent-yes")
    await joined.sees_only("welcome-back")
    [after] = await house.rows(tables.person)
    assert after.consent_version == CONSENT_VERSION
    assert after.consented_at > before.consented_at


async def test_nothing_is_written_before_the_newer_text_is_agreed_to(
    house: House, joined: Person
) -> None:
    await joined.says("/checkin")
    card = await joined.sees("ask-headache")
    await of_an_older_consent(house)
    await joined.says("7")
    await joined.sees_only("consent-ask")
    await joined.taps("7", on=card)
    await joined.sees_only("consent-ask")
    await joined.says("/checkin")
    await joined.sees_only("consent-ask")
    kept = await house.kept()
    assert (kept["answer"], kept["dialog"]) == (0, 2)  # joining, and this check-in


async def test_an_answer_is_not_changed_before_the_newer_text_is_agreed_to(
    house: House, joined: Person
) -> None:
    await joined.writes_note("before")
    await of_an_older_consent(house)
    await joined.edits("after")
    await joined.sees_only("consent-ask")
    assert await house.answers("note") == ["before"]


async def test_whoever_does_not_agree_to_the_newer_text_is_left_in_peace_and_may_read_on(
    house: House, joined: Person
) -> None:
    await joined.writes_note("before")
    await of_an_older_consent(house)
    await joined.says("/start")
    await joined.sees("consent-ask")
    await joined.taps("consent-no")
    await joined.sees_only("stopped")
    await joined.says("/today")
    await joined.sees_only("Note: before")
    assert await agreed_to(house) < CONSENT_VERSION
    await house.tomorrow_at("08:01")
    await joined.sees_nothing_new()


async def test_privacy_says_what_is_kept_to_anybody(house: House, sam: Person) -> None:
    await sam.says("/privacy")
    card = await sam.sees_only("privacy-text")
    for said in ("7 days", "encrypted", "Telegram holds a copy", "/stop"):
        assert card.says(said)
    assert (await house.kept())["person"] == 0

"""The numbers as they ship: possible in their country, first on the card, marked when unsure."""

from pathlib import Path

import phonenumbers
import pytest
from phonenumbers import shortnumberinfo

from bot.domain.messages import Lane
from bot.library import Library, Resource
from bot.library.help import WORLD
from bot.library.shelf import read_shelf

CONTENT = Path(__file__).parents[2] / "content"
LIBRARY = Library.load(CONTENT, strict=True)
SHELF = read_shelf(CONTENT)
EVERY = [
    pytest.param(country, entry, id=f"{country}-{entry.kind}-{entry.name}")
    for country, file in sorted(SHELF.resources.items())
    for entry in file.resource
]
COUNTRIES = [*LIBRARY.countries, None, "XX", "gb"]
# Numbers that libphonenumber does not know, each with the reason why it is kept.
EXCEPTIONS: dict[tuple[str, str], str] = {}


def is_possible(number: str, country: str) -> bool:
    parsed = phonenumbers.parse(number, country)
    if phonenumbers.is_valid_number_for_region(parsed, country):
        return True
    return bool(shortnumberinfo.is_possible_short_number_for_region(parsed, country))


@pytest.mark.parametrize(("country", "entry"), EVERY)
def test_every_number_can_exist_in_its_country(country: str, entry: Resource) -> None:
    for number in filter(None, (entry.phone, entry.sms.number if entry.sms else None)):
        known = (country, number) in EXCEPTIONS
        regions = ("GB", "US") if country == WORLD else (country,)
        possible = any(is_possible(number, region) for region in regions)
        assert possible or known, f"{number} is not possible in {country}"
        assert not (possible and known), "this exception is not needed any more"


@pytest.mark.parametrize(("country", "entry"), EVERY)
def test_every_emergency_number_is_an_emergency_number_of_its_country(
    country: str, entry: Resource
) -> None:
    regions = ("GB", "US") if country == WORLD else (country,)
    if entry.kind == "emergency":
        assert any(
            shortnumberinfo.is_emergency_number(entry.phone or "", region) for region in regions
        )


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_card_shows_an_emergency_number_within_sixty_words(country: str | None) -> None:
    card = LIBRARY.help_card(country)
    number = LIBRARY.help_for(country).emergency[0].phone or ""
    shown = LIBRARY.render(card, "en").plain
    assert len(shown.split(number)[0].split()) <= 60
    assert shown.index(number) == min(
        shown.index(entry.phone)
        for entry in (*LIBRARY.help_for(country).emergency, *LIBRARY.help_for(country).crisis)
        if entry.phone
    )
    assert "automated program; nobody reads this live" in shown
    assert card.lane is Lane.SAFETY


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_number_on_the_card_can_be_copied(country: str | None) -> None:
    found = LIBRARY.help_for(country)
    copies = {b.copy for row in LIBRARY.help_card(country).rows for b in row if b.copy}
    for entry in (*found.emergency, *found.crisis):
        assert (entry.phone or (entry.sms and entry.sms.number)) in copies


@pytest.mark.parametrize("country", LIBRARY.countries)
def test_a_country_shows_confirmed_general_lines_before_any_other(country: str) -> None:
    found = LIBRARY.help_for(country)
    assert not found.is_fallback
    assert found.crisis
    assert all(entry.is_general and entry.is_confirmed for entry in found.crisis)


@pytest.mark.parametrize("country", [None, "XX", ""])
def test_an_unknown_country_gets_112_911_and_the_directory(country: str | None) -> None:
    found = LIBRARY.help_for(country)
    assert found.is_fallback
    assert [entry.phone for entry in found.emergency] == ["112", "911"]
    assert [entry.url for entry in found.directory] == ["https://findahelpline.com"]
    assert "do not know your country" in LIBRARY.render(LIBRARY.help_card(country), "en").plain


def test_a_number_from_one_source_is_marked_and_hours_are_never_promised(tmp_path: Path) -> None:
    folder = tmp_path / "content"
    folder.mkdir()
    for path in CONTENT.rglob("*"):
        target = folder / path.relative_to(CONTENT)
        target.mkdir() if path.is_dir() else target.write_bytes(path.read_bytes())
    thai = folder / "resources" / "th.toml"
    # The confirmed line goes, so that the single-source line is all there is.
    text = thai.read_text("utf-8").replace('phone = "1323"', 'phone = "1323"\nscope = "region: x"')
    thai.write_text(text, "utf-8")
    library = Library.load(folder, strict=True)
    shown = library.render(library.help_card("TH"), "en").plain
    assert "One source only gives this number for Samaritans of Thailand" in shown
    assert "Opening hours are not confirmed" in shown
    assert "day and night" not in shown


@pytest.mark.parametrize("country", COUNTRIES)
def test_young_people_get_emergency_numbers_first_and_every_number_to_copy(
    country: str | None,
) -> None:
    lines = LIBRARY.youth_lines(country)
    assert [line.key for line in lines][:2] == ["sos-title", "sos-emergency-line"]
    shown = {line.values["number"] for line in lines if "number" in line.values}
    assert LIBRARY.help_for(country).emergency[0].phone in shown
    buttons = [button for row in LIBRARY.youth_rows(country) for button in row]
    by_text = {entry.sms.number for entry in LIBRARY.services(country, "youth") if entry.sms}
    by_text |= {entry.sms.number for entry in LIBRARY.services(country, "crisis") if entry.sms}
    assert shown - {button.copy for button in buttons} <= by_text


def under(title: str, country: str | None) -> list[str]:
    """The names of the services below a sentence, up to the next one."""
    names: list[str] = []
    lines = iter(LIBRARY.youth_lines(country))
    for line in lines:
        if line.key == title:
            break
    for line in lines:
        if "name" not in line.values:
            break
        names.append(str(line.values["name"]))
    return list(dict.fromkeys(names))


@pytest.mark.parametrize("country", COUNTRIES)
def test_under_the_sentence_on_young_people_stand_lines_for_young_people_only(
    country: str | None,
) -> None:
    youth = [entry.name for entry in LIBRARY.help_for(country).youth]
    assert under("youth-title", country) == youth


def test_beside_lines_for_young_people_stands_one_that_is_open_day_and_night() -> None:
    countries = [each for each in LIBRARY.countries if LIBRARY.help_for(each).youth]
    for country in countries:
        [name] = under("youth-everybody", country)
        [entry] = [each for each in LIBRARY.help_for(country).crisis if each.name == name]
        assert entry.hours == "24/7"
    assert under("youth-everybody", "US") == ["988 Suicide & Crisis Lifeline"]


def test_where_there_is_no_line_for_young_people_the_card_says_so() -> None:
    countries = [each for each in LIBRARY.countries if not LIBRARY.help_for(each).youth]
    assert countries
    for country in countries:
        crisis = [entry.name for entry in LIBRARY.help_for(country).crisis]
        assert under("youth-none", country) == crisis


def test_where_the_country_is_not_known_young_people_get_the_directory() -> None:
    keys = [line.key for line in LIBRARY.youth_lines(None)]
    assert keys[-2:] == ["sos-unknown-country", "sos-directory"]


def test_a_line_for_one_region_or_group_is_kept_but_not_shown_by_default() -> None:
    everywhere = {entry.name for entry in LIBRARY.services("GB", "crisis")}
    assert "Breathing Space (Scotland)" in everywhere
    assert "Breathing Space (Scotland)" not in {e.name for e in LIBRARY.help_for("GB").crisis}

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
def test_young_people_get_emergency_numbers_and_a_line(country: str | None) -> None:
    keys = [line.key for line in LIBRARY.youth_lines(country)]
    assert keys[0] in {"sos-crisis-line", "sos-sms-word-line", "sos-directory"}
    assert "sos-emergency-line" in keys[keys.index("sos-title") :]
    copies = {button.copy for row in LIBRARY.youth_rows(country) for button in row}
    assert LIBRARY.help_for(country).emergency[0].phone in copies


def test_lines_for_young_people_come_before_general_ones() -> None:
    names = [line.values.get("name") for line in LIBRARY.youth_lines("GB")]
    assert names[0] == "PAPYRUS HOPELINE247 (under 35)"
    assert "Samaritans" not in names


def test_a_line_for_one_region_or_group_is_kept_but_not_shown_by_default() -> None:
    everywhere = {entry.name for entry in LIBRARY.services("GB", "crisis")}
    assert "Breathing Space (Scotland)" in everywhere
    assert "Breathing Space (Scotland)" not in {e.name for e in LIBRARY.help_for("GB").crisis}

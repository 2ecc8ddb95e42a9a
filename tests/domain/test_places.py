"""Places: a town, state, country or zone name becomes a zone and a country, whatever is typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import places
from bot.domain.places import Place, countries, find, zones_of
from bot.domain.regions import FIRST_CHOICES, OTHER_COUNTRY, US_STATES, US_STATES_IN_PART
from bot.domain.schedules import zone_exists

BERLIN = Place("Berlin", "DE", "Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Berlin", BERLIN),
        (" bERLIN ", BERLIN),
        ("Berln", BERLIN),
        ("Europe/Berlin", BERLIN),
        ("europe/berlin", BERLIN),
        ("Germany", BERLIN),
        ("Germny", BERLIN),
        ("germ", BERLIN),
        ("DE", BERLIN),
        ("Deutschland", BERLIN),
        ("Berlin, Germany", BERLIN),
        ("Munich, Germany", BERLIN),
        ("Munich, Bavaria, Germany", BERLIN),
        ("São Paulo", Place("Sao Paulo", "BR", "America/Sao_Paulo")),
        ("ZÜRICH", Place("Zurich", "CH", "Europe/Zurich")),
        ("St. John's", Place("St Johns", "CA", "America/St_Johns")),
        ("ho chi", Place("Ho Chi Minh", "VN", "Asia/Ho_Chi_Minh")),
        ("Côte d’Ivoire", Place("Abidjan", "CI", "Africa/Abidjan")),
        ("uk", Place("London", "GB", "Europe/London")),
        ("Trinidad and Tobago", Place("Port of Spain", "TT", "America/Port_of_Spain")),
        ("Texas", Place("Texas", "US", "America/Chicago")),
        ("Oregon", Place("Oregon", "US", "America/Los_Angeles")),
        ("Portland, Oregon", Place("Oregon", "US", "America/Los_Angeles")),
        ("Georgia, USA", Place("Georgia", "US", "America/New_York")),
        ("Toronto, ON", Place("Toronto", "CA", "America/Toronto")),
    ],
)
def test_the_best_place_comes_first(text: str, place: Place) -> None:
    assert find(text)[0] == place


@pytest.mark.parametrize(
    ("old", "place"),
    [
        ("Europe/Kiev", Place("Kiev", "UA", "Europe/Kyiv")),
        ("Calcutta", Place("Calcutta", "IN", "Asia/Kolkata")),
        ("Belfast", Place("Belfast", "GB", "Europe/London")),
        ("US/Pacific", Place("Los Angeles", "US", "America/Los_Angeles")),
    ],
)
def test_an_older_name_leads_to_the_zone_of_today(old: str, place: Place) -> None:
    assert find(old)[0] == place


@pytest.mark.parametrize("name", sorted(OTHER_COUNTRY - {"Iceland"}))
def test_an_older_name_from_another_country_gets_no_wrong_one(name: str) -> None:
    town = name.rpartition("/")[2].replace("_", " ")
    assert town not in [place.name for place in find(name)]


def test_iceland_is_iceland() -> None:
    assert find("Iceland") == [Place("Reykjavik", "IS", "Atlantic/Reykjavik")]


def test_a_name_of_two_countries_offers_both() -> None:
    assert {place.country for place in find("Georgia")} == {"GE", "US"}


@pytest.mark.parametrize(
    "text", ["", " ", ",", ",,", "🙂", "xyzzy", "UTC", "../../etc", "\x00", "-"]
)
def test_what_names_no_place_finds_none(text: str) -> None:
    assert find(text) == []


@given(st.text(), st.integers(-1, 8))
def test_hostile_words_never_raise_and_give_real_zones(text: str, limit: int) -> None:
    places = find(text, limit)
    assert len(places) <= max(limit, 0)
    assert all(zone_exists(place.zone) and place.country in countries() for place in places)


@pytest.mark.parametrize("unit", ["a", "ﷺ", "\u0301", "/", ",", "\ud800", "berlin "])
def test_only_the_first_64_characters_count(unit: str) -> None:
    assert find(unit * 4096) == find((unit * 64)[:64])


def test_the_usa_show_one_town_for_each_clock_first() -> None:
    first = ["New York", "Chicago", "Denver", "Phoenix", "Los Angeles", "Anchorage"]
    assert [place.name for place in find("USA")] == first
    assert len(zones_of("us")) == 29


def test_wide_countries_start_with_their_largest_town() -> None:
    largest = {"AU": "Sydney", "BR": "Sao Paulo", "CA": "Toronto", "RU": "Moscow", "UA": "Kyiv"}
    assert {code: zones_of(code)[0].name for code in largest} == largest


def test_every_zone_of_every_country_exists() -> None:
    for code, name in countries().items():
        assert name
        assert all(place.country == code and zone_exists(place.zone) for place in zones_of(code))


def test_an_unknown_code_has_no_zones() -> None:
    assert zones_of("XX") == zones_of("") == []


def test_country_names_are_those_of_iso_3166() -> None:
    assert countries()["DE"] == "Germany"
    assert countries()["CI"] == "Côte d’Ivoire"
    assert len(countries()) == 249


def test_our_own_tables_name_real_zones() -> None:
    ours = {*FIRST_CHOICES, *OTHER_COUNTRY, *US_STATES, *US_STATES_IN_PART}
    assert [zone for zone in ours if not zone_exists(zone)] == []


def test_all_fifty_states_and_the_capital_are_known_once() -> None:
    states = [state for listed in US_STATES.values() for state in listed]
    assert len(states) == len(set(states)) == 52  # the capital has two names
    assert {state for listed in US_STATES_IN_PART.values() for state in listed} <= set(states)


@pytest.mark.parametrize(
    "text", ["Vienna", "vienna", "Europe/Vienna", "Austria", "Vienna, Austria"]
)
def test_a_place_is_named_by_its_town_its_zone_or_its_country(text: str) -> None:
    assert places.is_named(Place("Vienna", "AT", "Europe/Vienna"), text)


@pytest.mark.parametrize("text", ["Austin", "Vien", "", "x" * 5000])
def test_a_name_that_is_only_alike_names_no_place(text: str) -> None:
    assert not places.is_named(Place("Vienna", "AT", "Europe/Vienna"), text)


def test_a_zone_is_shown_with_its_town_and_country() -> None:
    assert places.full_name("DE", "Europe/Berlin") == "Berlin, Germany"
    assert places.full_name("", "Etc/Nowhere") == "Etc/Nowhere"

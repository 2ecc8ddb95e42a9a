"""From a town, country or zone that a person typed to a zone and country; offline.

The tables are those of the `tzdata` package: zone.tab (towns by country), iso3166.tab (countries)
and tzdata.zi (older names). They know some 400 towns, so a country is the usual second road.
"""

import difflib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from bot.domain.regions import (
    FIRST_CHOICES,
    OTHER_COUNTRY,
    SPOKEN_COUNTRIES,
    US_STATES,
    US_STATES_IN_PART,
)

LONGEST_QUERY = 64  # characters; the rest is not looked at
_ALIKE = 0.75  # difflib ratio: one slip in a short name, two in a longer one
_SHORTEST_SLIP = 4  # characters; anything shorter is one slip away from a country code
_AREAS = frozenset(
    {"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia"}
    | {"Europe", "Indian", "Pacific"}
)


@dataclass(frozen=True, slots=True)
class Place:
    """A town or state as a person would say it, its ISO 3166 alpha-2 country and IANA zone."""

    name: str
    country: str
    zone: str


def find(text: str, limit: int = 6) -> list[Place]:
    """At most `limit` places for what was typed, best first; empty for nothing. Never raises.

    Zone name, town, state of the USA or country, then names that begin so, then, only if there
    were none, names that look alike. Case, accents and punctuation do not matter. In
    `Munich, Germany` an unknown town falls back to the zones of the country.
    """
    parts = [_folded(part) for part in text[:LONGEST_QUERY].split(",")]
    town, region = parts[0], parts[-1] if len(parts) > 1 else ""
    country = _codes().get(region)
    places = list(_direct(town))
    if country is not None:
        places = [place for place in places if place.country == country] or zones_of(country)
    places = places or list(_names().get(region, ())) or list(_alike(town))
    return list(dict.fromkeys(places))[: max(limit, 0)]


def is_named(place: Place, text: str) -> bool:
    """Whether a text is this place's own name (or zone, or country), not one that is like it."""
    town = _folded(text[:LONGEST_QUERY].split(",")[0])
    own = (place.name, place.zone, countries().get(place.country, ""))
    return town in map(_folded, own)


def full_name(country: str, zone: str) -> str:
    """A zone's town with its country, such as `Berlin, Germany`; the zone itself if unknown."""
    town = next((place.name for place in zones_of(country) if place.zone == zone), zone)
    return ", ".join(filter(None, (town, countries().get(country.upper()))))


def zones_of(country: str) -> list[Place]:
    """The zones of an ISO 3166 alpha-2 country, best known first; empty for an unknown code.

    One place for each set of clock rules comes first (New York, Chicago, Denver …), the others
    after. Order: zone.tab's, with the largest towns of wide countries in front.
    """
    places = [place for place in _towns() if place.country == country.upper()]
    order = {zone: rank for rank, zone in enumerate(FIRST_CHOICES)}
    places.sort(key=lambda place: order.get(place.zone, len(order)))
    rules: dict[str, Place] = {}
    for place in places:
        rules.setdefault(_clock_rule(place.zone), place)
    return list(dict.fromkeys([*rules.values(), *places]))


@cache
def countries() -> dict[str, str]:
    """ISO 3166 alpha-2 code to English short name, from iso3166.tab; read only."""
    return {row[0]: row[1] for row in _rows("iso3166.tab")}


def _direct(key: str) -> Iterator[Place]:
    names = _names()
    yield from names.get(key, ())
    if key in _codes():
        yield from zones_of(_codes()[key])
    if len(key) >= 2:
        for name in sorted(name for name in names if name.startswith(key)):
            yield from names[name]
        for name, code in _codes().items():
            if len(key) >= 4 and name.startswith(key):
                yield from zones_of(code)


def _alike(key: str) -> Iterator[Place]:
    if len(key) >= _SHORTEST_SLIP:
        known = [name for name in (*_names(), *_codes()) if len(name) >= _SHORTEST_SLIP]
        for name in difflib.get_close_matches(key, known, 6, _ALIKE):
            yield from _direct(name)


def _folded(text: str) -> str:
    """Lower case without accents, apostrophes and punctuation, words one space apart."""
    letters = unicodedata.normalize("NFKD", text.replace("'", "").replace("’", "")).casefold()
    marked = (letter for letter in letters if unicodedata.category(letter) != "Mn")
    return " ".join("".join(c if c.isalnum() else " " for c in marked).split())


@cache
def _codes() -> dict[str, str]:
    """Folded country names to codes: codes, full names, and both halves of `Britain (UK)`."""
    codes = {_folded(code): code for code in countries()}
    for code, name in countries().items():
        for part in (name, name.replace("&", "and"), *name.rstrip(")").split(" (")):
            codes.setdefault(_folded(part), code)
    return codes | SPOKEN_COUNTRIES


@cache
def _towns() -> tuple[Place, ...]:
    return tuple(Place(_town(row[2]), row[0], row[2]) for row in _rows("zone.tab"))


def _town(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")


@cache
def _names() -> dict[str, tuple[Place, ...]]:
    """Folded town, state and zone names to their places."""
    found: dict[str, list[Place]] = {}
    for zone, place in [*((town.zone, town) for town in _towns()), *_older_zones()]:
        for name in (zone, place.name):
            found.setdefault(_folded(name), []).append(place)
    for zone, states in (*US_STATES.items(), *US_STATES_IN_PART.items()):
        for state in states:
            found.setdefault(_folded(state), []).append(Place(state, "US", zone))
    return {name: tuple(places) for name, places in found.items()}


def _older_zones() -> Iterator[tuple[str, Place]]:
    """Older zone names that still mean one country, with their place in the zone of today."""
    zones = {place.zone: place for place in reversed(_towns())}
    for line in _lines("tzdata.zi"):
        if line.startswith("L "):
            _, target, old = line.split(" ")
            if target in zones and old not in zones and old not in OTHER_COUNTRY:
                is_town = old.partition("/")[0] in _AREAS
                yield old, replace(zones[target], name=_town(old if is_town else target))


@cache
def _clock_rule(zone: str) -> str:
    """The POSIX rule for the years to come: the last line of a zone file (RFC 9636, 3.3)."""
    return _lines(zone)[-1]


def _rows(name: str) -> list[list[str]]:
    return [line.split("\t") for line in _lines(name) if not line.startswith("#")]


def _lines(name: str) -> list[str]:
    content = files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()
    return content.decode(errors="replace").rstrip("\n").split("\n")

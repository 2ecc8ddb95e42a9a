"""Whom to call: the resources of one country, and the card that shows them, number first."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.messages import Button, Lane, Line, Message, Rows, Term, Value
from bot.library.models import Resource, ResourceFile

WORLD = "001"
"""The fallback file's country: UN M.49 for the world."""
_HOURS = {"24/7": Term("hours-always"), "unknown": Term("hours-unknown")}


@dataclass(frozen=True, slots=True)
class Help:
    """The services of one country; `is_fallback` where the country is not known or not listed."""

    country: str
    emergency: tuple[Resource, ...]
    crisis: tuple[Resource, ...]
    youth: tuple[Resource, ...]
    directory: tuple[Resource, ...]
    is_fallback: bool


def help_from(file: ResourceFile, world: ResourceFile) -> Help:
    """What is shown by default: general scope, two or more confirmations.

    Where a country has no such line of a kind, its single-source lines are kept and the card marks
    them. The directory is added where there is no crisis line at all.
    """
    crisis = _shown(file, "crisis")
    return Help(
        country=file.country,
        emergency=_shown(file, "emergency"),
        crisis=crisis,
        youth=_shown(file, "youth"),
        directory=() if crisis else _shown(world, "directory"),
        is_fallback=file.country == WORLD,
    )


def _shown(file: ResourceFile, kind: str) -> tuple[Resource, ...]:
    general = [entry for entry in file.resource if entry.kind == kind and entry.is_general]
    confirmed = [entry for entry in general if entry.is_confirmed]
    return tuple(confirmed or general)


def card(found: Help) -> Message:
    """The help card: emergency number first, crisis lines, then who is (not) talking."""
    lines = [Line("sos-title"), *_emergency_lines(found)]
    if found.is_fallback:
        lines.append(Line("sos-unknown-country"))
    lines += _contacts(found.crisis)
    lines += _directory_lines(found)
    lines.append(Line("sos-automated"))
    services = (*found.emergency, *found.crisis, *found.directory)
    return Message(lines=tuple(lines), rows=contact_rows(services), lane=Lane.SAFETY)


def youth_lines(found: Help) -> tuple[Line, ...]:
    """Emergency numbers, lines for young people where there are any, then lines for everybody."""
    lines = [Line("sos-title"), *_emergency_lines(found)]
    if found.is_fallback:
        lines.append(Line("sos-unknown-country"))
    if found.youth:
        lines += [Line("youth-title"), *_contacts(found.youth)]
    if found.crisis:
        everybody = "youth-everybody" if found.youth else "youth-none"
        lines += [Line(everybody), *_contacts(_beside_youth(found))]
    return (*lines, *_directory_lines(found))


def youth_rows(found: Help) -> Rows:
    """The buttons for the same numbers, in the same order."""
    shown = (*found.emergency, *found.youth, *_beside_youth(found), *found.directory)
    return contact_rows(shown)


def _beside_youth(found: Help) -> tuple[Resource, ...]:
    """Beside lines for young people one line, if possible by day and night; else all there are.

    Lines for young people are often closed at night.
    """
    if not found.youth:
        return found.crisis
    by_day_and_night = [entry for entry in found.crisis if entry.hours == "24/7"]
    by_phone = [entry for entry in by_day_and_night if entry.phone]
    return tuple((by_phone or by_day_and_night or found.crisis)[:1])


def _contacts(services: tuple[Resource, ...]) -> Iterator[Line]:
    for entry in services:
        yield from contact_lines(entry)


def _directory_lines(found: Help) -> Iterator[Line]:
    for entry in found.directory:
        yield Line("sos-directory", {"name": entry.name, "address": entry.url or ""})


def _emergency_lines(found: Help) -> Iterator[Line]:
    for place, entry in enumerate(found.emergency):
        values = {"name": entry.name, "number": entry.phone or ""}
        yield Line("sos-emergency-line", values, tight=place > 0)
        yield from _mark(entry)


def contact_lines(entry: Resource) -> Iterator[Line]:
    """The lines of one service: call, text, and a mark where one source only gives the number."""
    hours: Value = _HOURS.get(entry.hours, entry.hours)
    if entry.phone:
        yield Line("sos-crisis-line", {"name": entry.name, "number": entry.phone, "hours": hours})
    if entry.sms:
        values = {"name": entry.name, "number": entry.sms.number, "body": entry.sms.body}
        key = "sos-sms-word-line" if entry.sms.body else "sos-sms-line"
        yield Line(key, values, tight=bool(entry.phone))
    yield from _mark(entry)


def _mark(entry: Resource) -> Iterator[Line]:
    if not entry.is_confirmed and entry.kind != "directory":
        yield Line("sos-unconfirmed", {"name": entry.name}, tight=True)


def contact_rows(services: tuple[Resource, ...]) -> Rows:
    """One row a service: a button that copies its number, one that opens its page."""
    rows: list[tuple[Button, ...]] = []
    for entry in services:
        row = tuple(_buttons(entry))
        if row and row not in rows:
            rows.append(row)
    return tuple(rows)


def _buttons(entry: Resource) -> Iterator[Button]:
    number = entry.phone or (entry.sms.number if entry.sms else None)
    if number:
        yield Button("label-copy", {"number": number}, copy=number)
    if entry.url:
        yield Button("label-open", {"name": entry.name}, url=entry.url)

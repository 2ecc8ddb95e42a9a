"""Ways to bring somebody to a step of a conversation."""

from collections.abc import Awaitable, Callable

from tests.chat import Person

Step = Callable[[Person], Awaitable[None]]


async def at_the_place(person: Person) -> None:
    await person.says("/start")
    await person.taps("start-yes-adult")
    await person.taps("consent-yes")
    await person.sees("join-place")


async def at_the_time(person: Person) -> None:
    await at_the_place(person)
    await person.says("Berlin")
    await person.taps("label-yes")
    await person.sees("join-time")


async def as_a_stranger(person: Person) -> None:
    """Nothing was said yet."""


async def with_nothing_open(person: Person) -> None:
    await person.joins()


async def before_begin(person: Person) -> None:
    await person.joins()
    await person.house.tomorrow_at("08:00")
    await person.sees("checkin-offer")


async def at_a_scale(person: Person) -> None:
    await person.joins()
    await person.checks_in("headache")


async def at_the_hours(person: Person) -> None:
    await person.joins()
    await person.checks_in("sleep")


async def at_a_choice(person: Person) -> None:
    await person.joins()
    await person.checks_in("mood")


async def at_the_note(person: Person) -> None:
    await person.joins()
    await person.checks_in("note")


async def while_stopped(person: Person) -> None:
    await person.joins()
    await person.says("/stop")
    await person.sees("stopped")


STEPS = [
    as_a_stranger,
    at_the_place,
    at_the_time,
    with_nothing_open,
    before_begin,
    at_a_scale,
    at_the_hours,
    at_a_choice,
    at_the_note,
    while_stopped,
]

"""Joining as a flow: where somebody lives, whether the clock is right, when to be asked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain import buttons, places
from bot.domain.conversations import Answer, Back, Event, Script, Status, Typed
from bot.domain.messages import Button, Line, Message, Moment, Value
from bot.domain.people import Person
from bot.domain.places import Place
from bot.domain.schedules import EVERY_DAY, WallTime
from bot.domain.typed import storable
from bot.services.cards import HELP_ROW
from bot.services.doors import start_row
from bot.services.flows import Scene
from bot.storage import people, schedules

JOIN = "join"
CHECK_IN_KIND = "daily"
NO_TIME = "none"
MOST_PLACES = 8
_PLACE, _RIGHT_ZONE, TIME = "place", "right_zone", "time"


class JoinFlow:
    """The first run, after age and consent; later on, a change of place or time."""

    may_stop = False

    def __init__(self, script: Script) -> None:
        self.script = script

    async def interpret(self, scene: Scene, event: Event) -> Event | Message:
        """Resolve a town to one place, and a "no" to the clock to the question before."""
        step = scene.conversation.dialog.step
        if isinstance(event, Answer) and event.question == _RIGHT_ZONE and event.value == "no":
            return Back(_RIGHT_ZONE)
        if step == _PLACE and isinstance(event, Typed):
            typed = storable(event.text)
            found = places.find(typed)
            if len(found) == 1 and not places.is_named(found[0], typed):
                return _choice(scene, found)  # like it is not enough: the country hangs on it
            return self._placed(scene, typed, found)
        if step == _PLACE and isinstance(event, Answer) and event.question == _PLACE:
            return self._chosen(scene, event.value)
        return event

    def _chosen(self, scene: Scene, value: str) -> Event | Message:
        country, _, zone = value.partition("/")
        known = places.zones_of(country) if country in places.countries() else []
        if not zone:
            return self._placed(scene, country, known)
        place = next((place for place in known if place.zone == zone), None)
        return self._placed(scene, zone, [place] if place else [])

    def _placed(self, scene: Scene, typed: str, found: Sequence[Place]) -> Event | Message:
        if len(found) == 1:
            return Answer(_PLACE, f"{found[0].country}/{found[0].zone}")
        if not found:
            return Message(lines=(Line("place-unknown", {"typed": typed[:40]}),), rows=(HELP_ROW,))
        return _choice(scene, found)

    async def save(self, scene: Scene, question: str, value: str) -> Person:
        """Take an answer into the person's row, or into their schedule."""
        person = scene.person
        if question == _PLACE:
            country, _, zone = value.partition("/")
            await people.set_place(scene.run, person.id, country, zone)
            return replace(person, country=country, zone=zone)
        if question == TIME:
            await self._set_time(scene, value)
        return person

    async def _set_time(self, scene: Scene, value: str) -> None:
        person = scene.person
        wall = None if value == NO_TIME else WallTime.parse(value)
        if wall is None:
            await schedules.drop(scene.run, person.id, CHECK_IN_KIND)
            return
        await schedules.set_daily(
            scene.run, person.id, CHECK_IN_KIND, wall, EVERY_DAY, person.zone, scene.now
        )

    async def forget(self, scene: Scene, question: str) -> None:
        """Nothing of joining is kept by question."""

    def values(self, scene: Scene, question: str) -> Mapping[str, Value]:
        """The clock question shows the present moment in the zone just chosen."""
        if question == _RIGHT_ZONE:
            return {
                "time": _clock_face(scene.now, scene.person.zone),
                "place": places.full_name(scene.person.country or "", scene.person.zone),
            }
        return {}

    async def closing(self, scene: Scene, status: Status) -> Message:
        """All set: when the next check-in comes, or that none will come by itself."""
        if status is not Status.DONE:
            return Message(lines=(Line("join-over"),), rows=(start_row(), HELP_ROW))
        person = scene.person
        # An old button that is pressed again must not undo a stop; a new answer does.
        if not scene.conversation.dialog.status.is_over:
            await people.set_joined(scene.run, person.id, scene.now)
        due = await schedules.next_of(scene.run, person.id)
        if due is None:
            line = Line("join-done-no-time")
        else:
            line = Line(
                self.script.closes_with,
                {
                    "time": Moment(due, person.zone, "time", fixed=True),
                    "next": Moment(due, person.zone, fixed=True),
                },
            )
        check_in = Button("label-check-in", action=buttons.CHECK_IN)
        return Message(lines=(line,), rows=((check_in,), HELP_ROW))


def _clock_face(now: datetime, zone: str) -> str:
    # Not a Moment: Telegram would show that in the phone's own zone, and it would always be right.
    return f"{now.astimezone(ZoneInfo(zone)):%H:%M}"


def _choice(scene: Scene, found: Sequence[Place]) -> Message:
    rows = tuple(_place_row(scene, place) for place in found[:MOST_PLACES])
    return Message(
        lines=(Line("place-choose"),),
        rows=(*rows, HELP_ROW),
        edits=scene.conversation.message_id,
    )


def _place_row(scene: Scene, place: Place) -> tuple[Button, ...]:
    data = buttons.pack(scene.conversation.id, _PLACE, f"{place.country}/{place.zone}")
    name = places.full_name(place.country, place.zone)
    return (Button("label-place", {"name": name}, action=data),)

"""The one engine that every flow runs in: read where it stands, step, keep, say what comes next."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from uuid_utils.compat import uuid7

from bot.clock import Clock
from bot.domain.buttons import CHECK_IN, Press
from bot.domain.callers import Caller
from bot.domain.conversations import (
    Ask,
    Begin,
    Dialog,
    Effect,
    Event,
    Finish,
    Question,
    Reason,
    Refuse,
    Save,
    Skip,
    Status,
    Typed,
    advance,
    new_dialog,
)
from bot.domain.messages import Button, Line, Message, Value, say
from bot.domain.people import Person
from bot.domain.schedules import local_day
from bot.services.cards import HELP_ROW, Card, question_card
from bot.services.doors import not_joined, unanswered
from bot.services.flows import Flow, Scene
from bot.services.recognition import recognise
from bot.services.replies import reply
from bot.storage import dialogs
from bot.storage.database import Database, Run
from bot.storage.dialogs import Conversation


class Conversations:
    """Opens conversations and takes presses and typed answers, whatever the flow."""

    def __init__(self, database: Database, clock: Clock, flows: Mapping[str, Flow]) -> None:
        self._database = database
        self._clock = clock
        self._flows = flows

    async def press(self, caller: Caller, press: Press, message_id: int | None) -> str | None:
        """A button of a dialog was pressed; the key of a toast, where one is needed.

        Pressed twice, late, on an older copy, or by someone whose dialog it is not: nothing
        happens a second time, and the answer says kindly how things stand.
        """
        now = self._clock.now()
        async with self._database.begin() as run:
            person = await recognise(run, caller, now)
            found = await dialogs.find(run, press.dialog_id, person.id) if person else None
            if person is None:
                await reply(run, caller, None, not_joined(), now=now)
                return None
            if found is None or found.flow not in self._flows:
                await reply(run, caller, person, over_message(message_id), now=now)
                return "toast-over"
            if first := unanswered(person):
                await reply(run, caller, person, first, now=now)
                return None
            if press.event is None:
                await reply(run, caller, person, say("later-ok"), now=now)
                return None
            scene = Scene(run, person, replace(found, message_id=message_id), now)
            message, was_over = await self._step(scene, press.event)
            await reply(run, caller, person, message, now=now, dialog_id=found.id)
        return "toast-over" if was_over else None

    async def typed(self, caller: Caller, text: str, message_id: int) -> bool:
        """Something was typed; False when no conversation waits for words."""
        now = self._clock.now()
        async with self._database.begin() as run:
            person = await recognise(run, caller, now)
            found = await dialogs.current(run, person.id) if person else None
            if person is None or found is None or found.flow not in self._flows:
                return False
            message = unanswered(person)
            if message is None:
                # In a new message, below the words: an edit above them is neither seen nor heard.
                here = replace(found, message_id=None)
                scene = Scene(run, person, here, now, source_message_id=message_id)
                message, _ = await self._step(scene, Typed(text))
            await reply(run, caller, person, message, now=now, dialog_id=found.id)
        return True

    async def open(
        self, run: Run, person: Person, flow_id: str, now: datetime, at: str | None = None
    ) -> tuple[Conversation, Message]:
        """Start a conversation that the person asked for; it takes the place of an older one.

        `at` is the question to begin with, where those before it are answered already.
        """
        script = self._flows[flow_id].script
        dialog = new_dialog(script) if at is None else Dialog(Status.OPEN, at, script.version)
        conversation = Conversation(
            id=uuid7(),
            person_id=person.id,
            flow=flow_id,
            dialog=dialog,
            day=local_day(now, person.zone),
            opened_at=now,
            expires_at=now + timedelta(hours=script.lasts_hours),
        )
        await dialogs.add(run, [conversation])
        await dialogs.close_older(run, [conversation.id], flow_id)
        message, _ = await self._step(Scene(run, person, conversation, now), Begin())
        return conversation, message

    async def resume(self, scene: Scene) -> Message:
        """Ask anew, in a new message, what was asked last."""
        fresh = replace(scene, conversation=replace(scene.conversation, message_id=None))
        message, _ = await self._step(fresh, Begin())
        return message

    async def _step(self, scene: Scene, event: Event) -> tuple[Message, bool]:
        """One step; what to say, and whether the conversation was already over."""
        flow = self._flows[scene.conversation.flow]
        state = scene.conversation.dialog
        plain = event if state.status.is_over else await flow.interpret(scene, event)
        if isinstance(plain, Message):
            return plain, False
        after, effects = advance(state, plain, flow.script)
        scene = await self._keep(flow, scene, plain, effects)
        await dialogs.save(scene.run, scene.conversation, after, scene.conversation.message_id)
        last = effects[-1] if effects else Refuse(Reason.OVER)
        over = isinstance(last, Refuse) and last.reason is Reason.OVER
        return await self._say(flow, scene, after, last), over

    async def _keep(
        self, flow: Flow, scene: Scene, event: Event, effects: tuple[Effect, ...]
    ) -> Scene:
        for effect in effects:
            if isinstance(effect, Save):
                person = await flow.save(scene, effect.question, effect.value)
                scene = replace(scene, person=person)
        if isinstance(event, Skip) and event.question == scene.conversation.dialog.step:
            await flow.forget(scene, event.question)
        return scene

    async def _say(self, flow: Flow, scene: Scene, after: Dialog, last: Effect) -> Message:
        edits = scene.conversation.message_id
        if isinstance(last, Ask):
            values = flow.values(scene, last.question)
            card = Card(
                scene.conversation.id, flow.script, after, edits, values, may_stop=flow.may_stop
            )
            return question_card(card)
        if isinstance(last, Finish):
            return replace(await flow.closing(scene, last.status), edits=edits)
        if isinstance(last, Refuse) and last.reason is not Reason.OVER:
            return refusal(flow.script.question(after.step), last.reason)
        if after.status.is_over:
            return replace(await flow.closing(scene, after.status), edits=edits)
        return over_message(edits)


def over_message(edits: int | None, key: str = "checkin-over") -> Message:
    """This one is closed; a new one is a press away."""
    again = Button("label-check-in", action=CHECK_IN)
    return Message(lines=(Line(key),), rows=((again,), HELP_ROW), edits=edits)


def refusal(question: Question | None, reason: Reason) -> Message:
    """Why what was given does not answer the question, and what would."""
    values: dict[str, Value] = {}
    if question is not None and reason is Reason.OUT_OF_RANGE:
        low, high = question.bounds
        values = {"minimum": f"{low:g}", "maximum": f"{high:g}"}
    if question is not None and reason is Reason.TOO_LONG:
        values = {"limit": question.max_chars}
    key = f"reason-{reason.value.replace('_', '-')}"
    return Message(lines=(Line(key, values),), rows=(HELP_ROW,))

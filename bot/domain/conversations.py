"""The pure step through a conversation; everything that a flow needs can be imported from here.

A script is a list of questions, a dialog is where a person stands in one. `advance` takes a dialog,
an event and the script, and returns the new dialog and what is to be done. It never raises.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from bot.domain.answers import Reason, read_answer
from bot.domain.scripts import Kind, Option, Question, Script

__all__ = [
    "Answer",
    "Ask",
    "Back",
    "Begin",
    "Dialog",
    "Effect",
    "Event",
    "Expire",
    "Finish",
    "Kind",
    "Option",
    "Question",
    "Reason",
    "Refuse",
    "Save",
    "Script",
    "Skip",
    "Status",
    "Stop",
    "Typed",
    "advance",
    "new_dialog",
]


class Status(StrEnum):
    """Where a dialog stands."""

    OFFERED = "offered"
    OPEN = "open"
    DONE = "done"
    STOPPED = "stopped"
    EXPIRED = "expired"

    @property
    def is_over(self) -> bool:
        """Whether nothing can be answered any more."""
        return self not in (Status.OFFERED, Status.OPEN)


@dataclass(frozen=True, slots=True)
class Dialog:
    """One person's place in one script; `step` is a question id while open, else None."""

    status: Status
    step: str | None
    script_version: int


@dataclass(frozen=True, slots=True)
class Begin:
    """The Begin button of the opening card."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A button under a question; the value comes from callback data and may be forged."""

    question: str
    value: str


@dataclass(frozen=True, slots=True)
class Typed:
    """Words typed while a dialog is open; they answer whatever question is current."""

    text: str


@dataclass(frozen=True, slots=True)
class Skip:
    """The Skip button under a question."""

    question: str


@dataclass(frozen=True, slots=True)
class Back:
    """The Back button under a question."""

    question: str


@dataclass(frozen=True, slots=True)
class Stop:
    """The person wants no more of this dialog."""


@dataclass(frozen=True, slots=True)
class Expire:
    """Its time is up."""


@dataclass(frozen=True, slots=True)
class Save:
    """Keep a value in its canonical form; one that is already there is replaced."""

    question: str
    value: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Show this question."""

    question: str


@dataclass(frozen=True, slots=True)
class Finish:
    """The dialog has just ended in this way."""

    status: Status


@dataclass(frozen=True, slots=True)
class Refuse:
    """Nothing was taken; say why."""

    reason: Reason


Event = Begin | Answer | Typed | Skip | Back | Stop | Expire
Effect = Save | Ask | Finish | Refuse
Outcome = tuple[Dialog, tuple[Effect, ...]]


def new_dialog(script: Script) -> Dialog:
    """Where everybody starts: offered if there is an opening card, else at the first question."""
    if script.opens_with is not None:
        return Dialog(Status.OFFERED, None, script.version)
    return Dialog(Status.OPEN, script.questions[0].id, script.version)


def advance(dialog: Dialog, event: Event, script: Script) -> Outcome:
    """The dialog after the event, and what is to be done. Pure; never raises.

    A button of a question that is not current changes nothing and asks the current one again, so
    a double or late tap does no harm. After the end, and at a step that a newer script no longer
    has, everything is refused as over; an expiry that comes too late does nothing.
    """
    if isinstance(event, Stop | Expire):
        return _end(dialog, event)
    if dialog.status.is_over:
        return _refuse(dialog, Reason.OVER)
    if dialog.status is Status.OFFERED:
        return _open(dialog, event, script)
    current = script.question(dialog.step)
    if current is None:
        return _refuse(dialog, Reason.OVER)
    return _step(dialog, event, script, current)


def _end(dialog: Dialog, event: Stop | Expire) -> Outcome:
    if not dialog.status.is_over:
        return _finish(dialog, Status.STOPPED if isinstance(event, Stop) else Status.EXPIRED)
    return _refuse(dialog, Reason.OVER) if isinstance(event, Stop) else (dialog, ())


def _open(dialog: Dialog, event: Event, script: Script) -> Outcome:
    if isinstance(event, Begin):
        return _go(dialog, script.questions[0])
    # The opening card has a button only; a question's button cannot be current yet.
    return _refuse(dialog, Reason.NOT_TEXT if isinstance(event, Typed) else Reason.NOT_NOW)


def _step(dialog: Dialog, event: Event, script: Script, current: Question) -> Outcome:
    if isinstance(event, Typed):
        return _take(dialog, script, current, read_answer(current, event.text, typed=True))
    if not isinstance(event, Answer | Skip | Back) or event.question != current.id:
        return _go(dialog, current)
    if isinstance(event, Answer):
        return _take(dialog, script, current, read_answer(current, event.value, typed=False))
    if isinstance(event, Back):
        return _go(dialog, script.previous_before(current.id) or current)
    return _onward(dialog, script, current) if current.skippable else _go(dialog, current)


def _take(dialog: Dialog, script: Script, current: Question, value: str | Reason) -> Outcome:
    if isinstance(value, Reason):
        return _refuse(dialog, value)
    after, effects = _onward(dialog, script, current)
    return after, (Save(current.id, value), *effects)


def _onward(dialog: Dialog, script: Script, current: Question) -> Outcome:
    following = script.next_after(current.id)
    return _finish(dialog, Status.DONE) if following is None else _go(dialog, following)


def _go(dialog: Dialog, question: Question) -> Outcome:
    return replace(dialog, status=Status.OPEN, step=question.id), (Ask(question.id),)


def _finish(dialog: Dialog, status: Status) -> Outcome:
    return replace(dialog, status=status, step=None), (Finish(status),)


def _refuse(dialog: Dialog, reason: Reason) -> Outcome:
    return dialog, (Refuse(reason),)

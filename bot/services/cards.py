"""How one step of a conversation looks: its question, its buttons, how far one has come."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from bot.domain import buttons
from bot.domain.conversations import Dialog, Kind, Option, Question, Script
from bot.domain.messages import Button, Line, Message, Rows, Value

HELP_ROW = (Button("label-help-now", action=buttons.HELP_NOW),)


@dataclass(frozen=True, slots=True)
class Card:
    """What a card is drawn from. `values` are for the question's sentence; `edits` a message id."""

    dialog_id: UUID
    script: Script
    dialog: Dialog
    edits: int | None = None
    values: Mapping[str, Value] | None = None
    may_stop: bool = True


def question_card(card: Card) -> Message:
    """The question that is current, one answer a button, and the ways out below."""
    question = card.script.question(card.dialog.step)
    if question is None:
        raise ValueError("a card needs a current question")
    lines = (*_progress(card, question), Line(question.ask, card.values or {}))
    return Message(
        lines=lines,
        rows=(*_answers(card, question), _ways(card, question), HELP_ROW),
        edits=card.edits,
    )


def _progress(card: Card, question: Question) -> Iterable[Line]:
    total = len(card.script.questions)
    if total > 1:
        done = [each.id for each in card.script.questions].index(question.id)
        yield Line("progress", {"done": done, "total": total})


def _answers(card: Card, question: Question) -> Rows:
    options = list(question.options)
    if question.kind is Kind.SCALE and not options:
        low, high = (int(bound) for bound in question.bounds)
        options = [Option(str(value), f"scale-{value}") for value in range(low, high + 1)]
    presses = [
        Button(option.label, action=buttons.pack(card.dialog_id, question.id, option.value))
        for option in options
    ]
    wide = question.columns
    return tuple(tuple(presses[at : at + wide]) for at in range(0, len(presses), wide))


def _ways(card: Card, question: Question) -> tuple[Button, ...]:
    def way(label: str, command: str) -> Button:
        return Button(label, action=buttons.pack(card.dialog_id, question.id, command))

    is_first = card.script.previous_before(question.id) is None
    ways = [] if is_first else [way("label-back", "!back")]
    if question.skippable:
        ways.append(way("label-skip", "!skip"))
    if card.may_stop:
        ways.append(way("label-stop-here", "!stop"))
    return tuple(ways)


def offer_card(dialog_id: UUID, script: Script) -> Message:
    """The opening card of a scheduled conversation: discreet, one press to begin."""
    if script.opens_with is None:
        raise ValueError("this script opens with its first question")
    begin = Button("label-begin", action=buttons.pack_begin(dialog_id))
    later = Button("label-later", action=buttons.pack_later(dialog_id))
    return Message(lines=(Line(script.opens_with),), rows=((begin, later), HELP_ROW))

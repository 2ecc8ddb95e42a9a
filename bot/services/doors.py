"""What is asked before anything is kept: age, consent, and the first run."""

from bot.domain import buttons
from bot.domain.messages import Button, Line, Message, say
from bot.domain.people import CONSENT_VERSION, Person
from bot.services.cards import HELP_ROW


def unanswered(person: Person) -> Message | None:
    """The question of age or consent that must be answered first; None when nothing is open."""
    if person.minor:
        return age_question()
    if person.consent_version < CONSENT_VERSION:
        return consent_question()
    return None


def age_question() -> Message:
    """What this is, and whether they are 18 or older."""
    rows = (
        (Button("start-yes-adult", action=buttons.ADULT),),
        (Button("start-no-adult", action=buttons.UNDER_AGE),),
        HELP_ROW,
    )
    return say("start-what", rows=rows)


def consent_question() -> Message:
    """What is kept and sent, and whether they agree."""
    rows = (
        (Button("consent-yes", action=buttons.AGREE),),
        (Button("consent-no", action=buttons.REFUSE),),
        HELP_ROW,
    )
    return say("consent-ask", rows=rows)


def not_joined() -> Message:
    """Nothing can be kept for someone who has not joined; help works all the same."""
    return Message(lines=(Line("not-joined"),), rows=(start_row(), HELP_ROW))


def start_row() -> tuple[Button, ...]:
    """The button that does what /start does."""
    return (Button("label-start", action=buttons.START),)

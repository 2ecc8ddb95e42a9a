"""What became of a message, read from the error that the attempt ended with, and what follows.

sendMessage has no idempotency key, and nobody can ask afterwards whether a message arrived
(https://github.com/tdlib/telegram-bot-api/issues/482). All rests on one question: can this attempt
have reached Telegram? The class of the error does not tell (another HTTP transport reports a
refused connection as TimedOut), its cause does. Without a cause that we know it is unknown.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Literal

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from bot.delivery.pace import Held
from bot.domain.messages import Lane


class Fate(Enum):
    """What became of one attempt to send."""

    SENT = "sent"
    NEVER_SENT = "never_sent"  # retry freely
    REFUSED = "refused"  # for good
    UNREACHABLE = "unreachable"  # refused, and so will everything else to this person
    UNKNOWN = "unknown"  # it may have arrived
    UNREADABLE = "unreadable"  # markup: send as plain text
    TOO_LONG = "too_long"  # split
    EDIT_LOST = "edit_lost"  # nothing there to edit: send anew
    OVERDUE = "overdue"  # it expired before its turn came: not sent, and not to be
    UNCHANGED = "unchanged"  # an edit that says what is there already: success
    BAD_BUTTONS = "bad_buttons"  # a button spoils the whole message: send without
    TOKEN = "token"  # noqa: S105 - the bot's token is refused; no message can go

    @property
    def asks_for_another_form(self) -> bool:
        """Whether the same message may arrive at once in another form."""
        return self in _OTHER_FORMS


_OTHER_FORMS = frozenset({Fate.UNREADABLE, Fate.TOO_LONG, Fate.EDIT_LOST, Fate.BAD_BUTTONS})


@dataclass(frozen=True, slots=True)
class Outcome:
    """The fate of one attempt. `code` is our own word, fit for a log: never Telegram's text.

    `retry_after_s` is set where Telegram, or a hold of our own pace, named a deadline.
    """

    fate: Fate
    retry_after_s: float | None = None
    code: str = "ok"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with the message next, `wait_s` seconds from now.

    `counts` is False where the attempt says nothing about this message and is not to be counted.
    """

    next: Literal["sent", "retry", "give_up"]
    wait_s: float = 0.0
    counts: bool = True


SENT = Outcome(Fate.SENT)

# Nothing of the request can have reached Telegram: there was no connection to write it to.
_NEVER_SENT: dict[type[BaseException], str] = {
    httpx.ConnectError: "connect_error",
    httpx.ConnectTimeout: "connect_timeout",
    httpx.PoolTimeout: "pool_timeout",
    httpx.ProxyError: "proxy_error",
    httpx.UnsupportedProtocol: "bad_address",
}
_MAY_HAVE_ARRIVED: dict[type[BaseException], str] = {
    httpx.ReadTimeout: "read_timeout",
    httpx.WriteTimeout: "write_timeout",
    httpx.ReadError: "read_error",
    httpx.WriteError: "write_error",
    httpx.RemoteProtocolError: "dropped",
}

# Parts of Telegram's texts in small letters, in order of looking: markup and buttons quote us.
# https://github.com/tdlib/telegram-bot-api (Client.cpp), https://github.com/tdlib/td
_REFUSALS: tuple[tuple[str, Fate, str], ...] = (
    ("message is not modified", Fate.UNCHANGED, "unchanged"),  # its text names reply markup too
    ("can't parse entities", Fate.UNREADABLE, "bad_markup"),
    ("entity_", Fate.UNREADABLE, "bad_markup"),
    ("inline keyboard", Fate.BAD_BUTTONS, "bad_button"),
    ("reply keyboard", Fate.BAD_BUTTONS, "bad_button"),
    ("button_", Fate.BAD_BUTTONS, "bad_button"),
    ("reply markup", Fate.BAD_BUTTONS, "bad_button"),
    ("reply_markup", Fate.BAD_BUTTONS, "bad_button"),
    ("wrong http url", Fate.BAD_BUTTONS, "bad_button"),
    ("message to edit not found", Fate.EDIT_LOST, "edit_lost"),
    ("message can't be edited", Fate.EDIT_LOST, "edit_lost"),
    ("no text in the message to edit", Fate.EDIT_LOST, "edit_lost"),
    ("message_id_invalid", Fate.EDIT_LOST, "edit_lost"),
    ("too long", Fate.TOO_LONG, "too_long"),
    ("too_long", Fate.TOO_LONG, "too_long"),
    ("blocked by the user", Fate.UNREACHABLE, "blocked"),
    ("deactivated", Fate.UNREACHABLE, "deactivated"),
    ("chat not found", Fate.UNREACHABLE, "chat_not_found"),
    ("peer_id_invalid", Fate.UNREACHABLE, "chat_not_found"),
)


def classify(error: Exception) -> Outcome:
    """What an attempt that ended with this error means for the message."""
    if isinstance(error, Held):
        return Outcome(Fate.NEVER_SENT, error.for_s, "held")
    if isinstance(error, RetryAfter):
        return Outcome(Fate.NEVER_SENT, _seconds(error), "flood")
    if error.__cause__ is not None:
        return _by_cause(error.__cause__)
    if isinstance(error, ChatMigrated):
        return Outcome(Fate.REFUSED, code="chat_migrated")
    if isinstance(error, Conflict):
        return Outcome(Fate.NEVER_SENT, code="conflict")
    if isinstance(error, InvalidToken):
        return Outcome(Fate.TOKEN, code="token")
    if isinstance(error, Forbidden):
        return _by_text(error, Outcome(Fate.UNREACHABLE, code="forbidden"))
    if isinstance(error, BadRequest):
        return _by_text(error, Outcome(Fate.REFUSED, code="bad_request"))
    # What is left: 5xx with Telegram's own body, and errors of which we know nothing.
    return Outcome(Fate.UNKNOWN, code="server_error" if isinstance(error, TelegramError) else "bug")


def _by_cause(cause: BaseException) -> Outcome:
    if code := _NEVER_SENT.get(type(cause)):
        return Outcome(Fate.NEVER_SENT, code=code)
    if code := _MAY_HAVE_ARRIVED.get(type(cause)):
        return Outcome(Fate.UNKNOWN, code=code)
    # A body that is not JSON: a gateway spoke in Telegram's place. Its 403 and 404 say nothing
    # about the person or the token, and nobody knows how far the request went.
    not_json = isinstance(cause, TelegramError | ValueError)
    return Outcome(Fate.UNKNOWN, code="gateway" if not_json else "transport")


def _by_text(error: TelegramError, otherwise: Outcome) -> Outcome:
    text = error.message.lower()
    for part, fate, code in _REFUSALS:
        if part in text:
            return Outcome(fate, code=code)
    return otherwise


def _seconds(error: RetryAfter) -> float:
    span = error.retry_after  # a number or a timedelta: it depends on PTB_TIMEDELTA
    return span.total_seconds() if isinstance(span, timedelta) else float(span)


_BACKOFF_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
_BACKOFF_JITTER = 0.25  # so that messages that failed together do not come back together
_UNKNOWN_WAIT_S = 30.0  # while Telegram answers 502: at most one attempt a message in 30 s
_UNKNOWN_JITTER_S = 15.0


def policy(lane: Lane, outcome: Outcome, attempts: int, jitter: float) -> Decision:
    """What to do after an attempt; `attempts` counts this one too, `jitter` is chance in 0..1.

    There is no last attempt: a message ends by its expiry. A fate that asks for another form comes
    here only when the sender has no other form left, and is then a refusal.
    """
    match outcome.fate:
        case Fate.SENT | Fate.UNCHANGED:
            return Decision("sent")
        case Fate.NEVER_SENT if outcome.retry_after_s is not None:
            return Decision("retry", outcome.retry_after_s, counts=False)
        case Fate.NEVER_SENT:
            step_s = _BACKOFF_S[min(max(attempts, 1), len(_BACKOFF_S)) - 1]
            return Decision("retry", step_s * (1 + _BACKOFF_JITTER * jitter))
        case Fate.UNKNOWN if lane.repeats_when_unknown:
            return Decision("retry", _UNKNOWN_WAIT_S + _UNKNOWN_JITTER_S * jitter)
        case Fate.TOKEN:  # the operator's to mend; the message itself is sound and stays
            return Decision("retry", _BACKOFF_S[-1], counts=False)
        case _:
            return Decision("give_up")

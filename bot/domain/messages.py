"""What is said to a person, before it has words: keys, values and buttons.

One value for every road: services return it, the outbox stores it (encrypted), the library gives
it words at the moment of sending. A corrected text therefore reaches messages that already wait.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum


class Lane(IntEnum):
    """Who goes first; the sender takes lanes strictly in this order."""

    SAFETY = 0
    REPLY = 1
    CHECKIN = 2
    NUDGE = 3
    SUMMARY = 4

    @property
    def repeats_when_unknown(self) -> bool:
        """Whether a message of unknown fate is sent again.

        Safety, replies, check-ins: twice is better than never. Nudges, summaries: never twice.
        """
        return self <= Lane.CHECKIN


class Method(StrEnum):
    """The Bot API method that carries a message."""

    SEND = "sendMessage"
    EDIT = "editMessageText"
    PHOTO = "sendPhoto"
    DOCUMENT = "sendDocument"


@dataclass(frozen=True, slots=True)
class Term:
    """A value that is itself a sentence of the library, such as the name of a mood."""

    key: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time as a value: shown in the zone given, and by Telegram in the reader's own.

    `at` is aware UTC; `style` is `time`, `day` or `day_time`. A `fixed` one stays in the zone given
    whatever the phone says, such as the wall time that a person chose.
    """

    at: datetime
    zone: str
    style: str = "day_time"
    fixed: bool = False


Value = str | int | float | Term | Moment


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence or paragraph: a key of the library and its values.

    String values are a person's or a third party's words: the library escapes them. A `tight`
    line follows the one above without a blank line between.
    """

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)
    tight: bool = False


@dataclass(frozen=True, slots=True)
class Button:
    """One inline button; exactly one of `action`, `url`, `copy` is set.

    `action` is callback data of at most 64 bytes, `copy` a text of 1-256 characters.
    `label` is a key of the library.
    """

    label: str
    values: Mapping[str, Value] = field(default_factory=dict)
    action: str | None = None
    url: str | None = None
    copy: str | None = None


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to send, by its path below the data folder; it is read when its turn comes."""

    path: str
    filename: str


@dataclass(frozen=True, slots=True)
class Message:
    """Something to say to one person.

    `lines` are joined by a blank line, unless tight. `expires_after` is counted from the moment of
    queueing; a message that could not go out by then is dropped and counted. `edits` is the
    Telegram message id to edit in place; where that message is gone the text is sent anew.
    """

    lines: tuple[Line, ...]
    rows: Rows = ()
    lane: Lane = Lane.REPLY
    edits: int | None = None
    attachment: Attachment | None = None
    silent: bool = False
    expires_after: timedelta | None = None

    @property
    def method(self) -> Method:
        """The Bot API method that carries this message."""
        if self.edits is not None:
            return Method.EDIT
        if self.attachment is None:
            return Method.SEND
        picture = self.attachment.filename.endswith((".jpg", ".png"))
        return Method.PHOTO if picture else Method.DOCUMENT


def say(key: str, /, rows: Rows = (), lane: Lane = Lane.REPLY, **values: Value) -> Message:
    """A message of one line, the common case."""
    return Message(lines=(Line(key, values),), rows=rows, lane=lane)

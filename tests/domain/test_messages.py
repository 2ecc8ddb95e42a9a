"""Messages: what may be repeated, and which Bot API method carries what."""

import pytest

from bot.domain.messages import Attachment, Lane, Line, Message, Method, say


def test_safety_replies_and_check_ins_are_repeated_nudges_and_summaries_never() -> None:
    repeated = [lane.name for lane in Lane if lane.repeats_when_unknown]
    assert repeated == ["SAFETY", "REPLY", "CHECKIN"]


@pytest.mark.parametrize(
    ("edits", "filename", "method"),
    [
        (None, None, Method.SEND),
        (7, None, Method.EDIT),
        (None, "week.jpg", Method.PHOTO),
        (None, "week.png", Method.PHOTO),
        (None, "diary.pdf", Method.DOCUMENT),
    ],
)
def test_the_method_follows_from_what_is_carried(
    edits: int | None, filename: str | None, method: Method
) -> None:
    attachment = Attachment("a/b", filename) if filename else None
    assert Message((Line("key"),), edits=edits, attachment=attachment).method is method


def test_say_is_a_message_of_one_line() -> None:
    assert say("hello", lane=Lane.SAFETY, count=2) == Message(
        (Line("hello", {"count": 2}),), lane=Lane.SAFETY
    )

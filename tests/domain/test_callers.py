"""Callers: what one update tells about its sender."""

from bot.domain.callers import Caller


def test_a_caller_counts_as_not_aided_unless_first_aid_says_so() -> None:
    assert not Caller(chat_id=1, language="en", receipt=7).aided

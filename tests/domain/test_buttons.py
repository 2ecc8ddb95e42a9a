"""Buttons: what is packed is read back, what was not packed by us is not a press."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.buttons import Press, pack, pack_begin, pack_later, unpack
from bot.domain.conversations import Answer, Back, Begin, Event, Skip, Stop

DIALOG = UUID(int=2**128 - 1)


@given(
    st.uuids(),
    st.from_regex(r"[a-z][a-z0-9_]{0,15}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9_./+-]{1,16}", fullmatch=True),
)
def test_every_question_and_value_of_a_script_fits_and_comes_back(
    dialog_id: UUID, question: str, value: str
) -> None:
    data = pack(dialog_id, question, value)
    assert len(data.encode()) <= 64
    assert unpack(data) == Press(dialog_id, Answer(question, value))


@pytest.mark.parametrize(
    ("data", "event"),
    [
        (pack_begin(DIALOG), Begin()),
        (pack_later(DIALOG), None),
        (pack(DIALOG, "urge", "!skip"), Skip("urge")),
        (pack(DIALOG, "urge", "!back"), Back("urge")),
        (pack(DIALOG, "urge", "!stop"), Stop()),
    ],
)
def test_commands_come_back_as_events(data: str, event: Event | None) -> None:
    assert unpack(data) == Press(DIALOG, event)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        pack(DIALOG, "urge", "v" * 60)


@given(st.text())
def test_a_foreign_button_is_no_press(data: str) -> None:
    assert unpack(data) is None


@pytest.mark.parametrize("data", ["d:x:urge:7", "d:!!!!:urge:7", "d:é:urge:7", "d:::", "d::"])
def test_a_forged_dialog_id_is_no_press(data: str) -> None:
    assert unpack(data) is None

"""Scripts: one that cannot run, or whose buttons do not fit, is refused when it is built."""

import pytest

from bot.domain.scripts import Kind, Option, Question, Script

NOTE = Question("note", Kind.TEXT, "ask-note", max_chars=10)
ALL = (NOTE,)


@pytest.mark.parametrize("value", ["", "a b", "a:b", "ü", "a" * 17, "a\n"])
def test_an_option_value_must_fit_into_callback_data(value: str) -> None:
    with pytest.raises(ValueError, match="option value"):
        Option(value, "label")


@pytest.mark.parametrize("id", ["", "A", "1a", "a" * 17, "a-b", "a\n"])
def test_an_id_must_fit_into_callback_data(id: str) -> None:
    with pytest.raises(ValueError, match="id "):
        Question(id, Kind.TEXT, "ask")
    with pytest.raises(ValueError, match="id "):
        Script(id, 1, ALL, None, "thanks", 1)


def test_callback_data_always_fits() -> None:
    assert len(f"d:{'x' * 22}:{'q' * 16}:{'v' * 16}") <= 64


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Kind.TEXT, {"max_chars": 0}),
        (Kind.TEXT, {"max_chars": 4097}),
        (Kind.TEXT, {"columns": 0}),
        (Kind.TEXT, {"columns": 9}),
        (Kind.TEXT, {"options": (Option("a", "x"), Option("A", "y"))}),
        (Kind.CHOICE, {}),
        (Kind.CONFIRM, {}),
        (Kind.CONFIRM, {"options": (Option("yes", "x"), Option("maybe", "y"))}),
        (Kind.SCALE, {}),
        (Kind.SCALE, {"minimum": 0}),
        (Kind.HOURS, {"maximum": 24}),
        (Kind.SCALE, {"minimum": 5, "maximum": 5}),
        (Kind.SCALE, {"minimum": -1, "maximum": 5}),
        (Kind.SCALE, {"minimum": 0, "maximum": 1e308}),
        (Kind.SCALE, {"minimum": 0, "maximum": float("nan")}),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(kind: Kind, fields: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="question q"):
        Question("q", kind, "ask", **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("version", "questions", "hours"), [(1, (), 1), (1, (NOTE, NOTE), 1), (0, ALL, 1), (1, ALL, 0)]
)
def test_a_script_that_cannot_run_is_refused(
    version: int, questions: tuple[Question, ...], hours: int
) -> None:
    with pytest.raises(ValueError, match="script s"):
        Script("s", version, questions, None, "thanks", hours)

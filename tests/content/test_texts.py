"""The words as they ship: complete, within limits, free of what may not be said."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.answers import Reason, read_answer
from bot.domain.calls import asks_for_help
from bot.domain.conversations import Script
from bot.domain.messages import Line, Message, Moment, Value
from bot.library import Library, check
from bot.library.markup import MESSAGE_LIMIT, length, mistakes
from bot.library.shelf import read_shelf
from bot.services.post import KEEP_BODIES, KEEP_ROWS

ROOT = Path(__file__).parents[2]
CONTENT = ROOT / "content"
LIBRARY = Library.load(CONTENT, strict=True)
SHELF = read_shelf(CONTENT)
SPOKEN = {"say", "Line", "Term", "Button", "text"}
ALL = [(language, key) for language in LIBRARY.languages for key in LIBRARY.keys]
NUMBERS = {"done", "total", "minimum", "maximum", "limit"}
MOMENTS = {"next", "day"}
# Built from a question's id, a reason or a person's answer, and so not written out in the code.
BUILT = re.compile(r"(answer-line|answer-unknown|reason|toast|command)-")


def example(name: str) -> Value:
    if name in MOMENTS:
        return Moment(datetime(2026, 11, 25, 8, tzinfo=UTC), "Europe/Berlin")
    return 7 if name in NUMBERS else "Größe & <b> 7"


def test_the_shipped_content_has_no_problem() -> None:
    assert [str(problem) for problem in check(CONTENT) if not problem.is_note] == []


@pytest.mark.parametrize(("language", "key"), ALL)
def test_every_text_renders_in_every_language(language: str, key: str) -> None:
    variables = SHELF.languages[language].entries[key].variables
    line = Line(key, {name: example(name) for name in variables})
    rendered = LIBRARY.render(Message(lines=(line,)), language)
    bare = re.sub(r"</?tg-time[^>]*>", "", rendered.text)
    assert 0 < length(rendered.text) <= MESSAGE_LIMIT
    assert mistakes(bare) == []
    assert "{" not in rendered.plain


def sources() -> Iterator[ast.AST]:
    for folder in ("bot", "handlers"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from ast.walk(ast.parse(path.read_text("utf-8")))


def spoken_keys() -> set[str]:
    """First arguments of say(), Line(), Term() and Button() that are written out."""
    found = set()
    for node in sources():
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            value = node.args[0].value
            if name in SPOKEN - {"text"} and isinstance(value, str):
                found.add(value)
    return found


def written_words() -> set[str]:
    return {
        node.value
        for node in sources()
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def script_keys() -> set[str]:
    assert SHELF.programme is not None
    return {key for script in SHELF.programme.script for key in script.texts()}


def test_every_text_that_the_code_asks_for_exists() -> None:
    assert spoken_keys() - set(LIBRARY.keys) == set()


def test_no_text_is_left_unused() -> None:
    used = written_words() | script_keys()
    assert {key for key in LIBRARY.keys if key not in used and not BUILT.match(key)} == set()


@pytest.mark.parametrize("script_id", ["daily", "join"])
def test_every_question_of_a_script_has_its_buttons_and_words(script_id: str) -> None:
    script: Script = LIBRARY.script(script_id)
    for question in script.questions:
        assert question.ask in LIBRARY.keys
        assert all(option.label in LIBRARY.keys for option in question.options)


@pytest.mark.parametrize("script_id", ["daily", "join"])
def test_every_button_of_a_script_is_taken_as_an_answer(script_id: str) -> None:
    refused = [
        (question.id, option.value)
        for question in LIBRARY.script(script_id).questions
        for option in question.options
        if isinstance(read_answer(question, option.value, typed=False), Reason)
    ]
    assert refused == []


def test_every_question_of_the_check_in_can_be_shown_answered_and_not_answered() -> None:
    for question in LIBRARY.script("daily").questions:
        assert f"answer-line-{question.id}" in LIBRARY.keys
        assert f"answer-unknown-{question.id}" in LIBRARY.keys


def test_the_offer_tells_a_locked_screen_nothing() -> None:
    shown = LIBRARY.text("checkin-offer", "en").lower()
    for word in ("kratom", "head", "crav", "sleep", "mood", "health", "symptom", "withdraw"):
        assert word not in shown


@pytest.mark.parametrize("language", LIBRARY.languages)
def test_the_words_on_the_help_button_may_be_typed(language: str) -> None:
    assert asks_for_help(LIBRARY.text("label-help-now", language))


@pytest.mark.parametrize("key", ["under-age", "consent-refused"])
def test_nobody_is_told_that_nothing_is_kept_while_the_inbox_still_holds_it(key: str) -> None:
    days = KEEP_BODIES.days
    shown = LIBRARY.text(key, "en").lower()
    assert f"deleted after {days} days" in shown
    assert "nothing" not in shown


def test_privacy_names_the_days_that_messages_are_kept() -> None:
    shown = LIBRARY.text("privacy-text", "en")
    assert f"for {KEEP_BODIES.days} days" in shown
    assert f"For {KEEP_ROWS.days} days" in shown


def test_whoever_is_asked_for_a_note_learns_that_nobody_reads_it_live() -> None:
    assert "nobody reads" in LIBRARY.text("ask-note", "en").lower()


def test_what_cannot_be_saved_is_not_said_to_be_safe() -> None:
    shown = LIBRARY.text("cannot-save", "en").lower()
    assert "send it again" in shown
    assert "safe" not in shown


@pytest.mark.parametrize("key", ["start-what", "help-text"])
def test_whoever_arrives_is_told_what_this_is_not(key: str) -> None:
    shown = LIBRARY.text(key, "en").lower()
    assert "automated program" in shown
    assert "nobody reads this live" in shown
    assert "medical care" in shown


@pytest.mark.parametrize(
    "key", ["sorry", "sorry-dead", "cannot-save", "cannot-read", "unknown-text", "not-joined"]
)
def test_whenever_something_does_not_work_help_is_named(key: str) -> None:
    assert re.search(r"/sos|Help now", LIBRARY.text(key, "en"))

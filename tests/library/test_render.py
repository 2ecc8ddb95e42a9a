import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.messages import Button, Line, Message, Moment, Term, say
from bot.errors import ContentError
from bot.library import BUILT_IN_HELP_CARD, Library, split
from bot.library.markup import TAG, length, mistakes, plain
from bot.library.values import escape, isolate
from tests.library.conftest import CONTENT

LIBRARY = Library.load(CONTENT, strict=True)
SENDABLE = st.text(st.characters(exclude_categories=["Cs"]))
NOON = datetime(2026, 11, 26, 12, 5, tzinfo=UTC)


@given(SENDABLE)
def test_any_words_come_out_as_they_went_in(words: str) -> None:
    shown = LIBRARY.render(say("answer-line-note", value=words), "en").plain
    assert shown == f"Note: {isolate(words)}"
    assert words in shown


@given(SENDABLE)
def test_no_words_can_open_a_tag_or_an_entity(words: str) -> None:
    text = LIBRARY.render(say("answer-line-note", value=words), "en").text
    assert "<" not in text
    assert re.sub(r"&(amp|lt|gt);", "", text).count("&") == 0


@given(st.text("&<>\ufdd00\u2069\u202e אא", min_size=1, max_size=3000))
def test_odd_words_of_any_length_survive(words: str) -> None:
    message = say("sos-sms-word-line", name=words, number="12", body=words)
    shown = LIBRARY.render(message, "en").plain
    assert shown.count(words) >= 2


def test_a_note_of_the_greatest_length_is_shown_whole() -> None:
    note = "&" * 2000
    assert note in LIBRARY.render(say("answer-line-note", value=note), "en").plain


def test_words_that_look_like_a_ticket_stay_what_they_are() -> None:
    message = say("sos-sms-word-line", name="long " * 500, number="12", body="\ufdd00\ufdd0")
    assert LIBRARY.render(message, "en").plain.count("long ") == 500


@given(st.text("ab\u2066\u2067\u2068\u2069\u202eא"))
def test_isolated_words_never_leak_their_direction(words: str) -> None:
    depth = 0
    wrapped = isolate(words)
    for place, letter in enumerate(wrapped):
        depth += (letter in "\u2066\u2067\u2068") - (letter == "\u2069")
        assert depth > 0 or wrapped == words or place == len(wrapped) - 1
    assert depth == 0 or wrapped == words


def test_words_in_one_direction_carry_no_marks() -> None:
    assert isolate("Ampang 12 & Ümit") == "Ampang 12 & Ümit"


def test_a_lone_surrogate_becomes_sendable() -> None:
    assert escape("a\ud800b").encode() == "a\ufffdb".encode()


def test_lines_are_joined_by_a_blank_line_unless_tight_and_terms_have_words(
    library: Library,
) -> None:
    message = Message(
        lines=(
            Line("answer-line-headache", {"value": 7}),
            Line("answer-line-mood", {"value": Term("mood-2")}),
            Line("answer-unknown-note", tight=True),
        )
    )
    assert library.render(message, "en").text == "Head: 7 of 10\n\nMood: Low\nNote: none"


@pytest.mark.parametrize(
    ("style", "letters", "shown"),
    [
        ("time", "t", "20:05"),
        ("day", "wD", "Thursday 26 November"),
        ("day_time", "wDt", "Thursday 26 November, 20:05"),
    ],
)
def test_a_moment_shows_in_its_zone_and_lets_telegram_show_the_readers_own(
    style: str, letters: str, shown: str, library: Library
) -> None:
    moment = Moment(NOON, "Asia/Kuala_Lumpur", style)
    rendered = library.render(say("today-title", day=moment), "en")
    unix = int(NOON.timestamp())
    assert rendered.text == f'<tg-time unix="{unix}" format="{letters}">{shown}</tg-time>'
    assert rendered.plain == shown


@pytest.mark.parametrize("zone", ["Mars/Base", "", "../etc"])
def test_a_moment_in_no_zone_is_reported_and_the_message_still_goes_out(zone: str) -> None:
    reports: list[str] = []
    library = Library.load(CONTENT, report=reports.append)
    assert library.render(say("resumed", next=Moment(NOON, zone)), "en").plain.endswith("….")
    assert len(reports) == 1


@pytest.mark.parametrize(
    ("done", "total", "dots"), [(0, 5, "○○○○○"), (2, 5, "●●○○○"), (5, 5, "●●●●●"), (9, 5, "●●●●●")]
)
def test_progress_shows_a_dot_for_each_step(
    done: int, total: int, dots: str, library: Library
) -> None:
    assert library.render(say("progress", done=done, total=total), "en").plain == dots


@pytest.mark.parametrize("tag", ["en", "en-GB", "EN_us", "xx", "", "zh-hans"])
def test_an_unknown_language_falls_back_to_english(tag: str, library: Library) -> None:
    assert library.text("label-yes", tag) == "Yes"


def test_a_missing_text_raises_in_tests(library: Library) -> None:
    with pytest.raises(ContentError, match="no-such-key"):
        library.render(say("no-such-key"), "en")
    with pytest.raises(ContentError, match="place-unknown"):
        library.render(say("place-unknown"), "en")


def test_a_missing_text_becomes_the_apology_and_a_report_at_run_time() -> None:
    reports: list[str] = []
    library = Library.load(CONTENT, report=reports.append)
    shown = library.render(say("no-such-key", value="secret words"), "en")
    assert "/sos" in shown.plain
    assert reports == ["no text `no-such-key`"]


def test_a_missing_value_is_reported_without_any_value_and_the_rest_is_said() -> None:
    reports: list[str] = []
    library = Library.load(CONTENT, report=reports.append)
    shown = library.render(say("sos-crisis-line", name="secret", number="12"), "en").plain
    assert "12" in shown
    assert len(reports) == 1
    assert "secret" not in reports[0]


def test_a_message_without_lines_is_never_sent_empty() -> None:
    library = Library.load(CONTENT, report=lambda _: None)
    assert "/sos" in library.render(Message(lines=()), "en").text


def test_buttons_keep_what_they_do_and_long_labels_end_in_an_ellipsis(library: Library) -> None:
    rows = (
        (Button("label-yes", action="x:1"), Button("label-copy", {"number": "112"}, copy="112")),
        (Button("label-open", {"name": "N&<b>" * 20}, url="https://example.org"),),
    )
    first, second = library.render(say("later-ok", rows=rows), "en").buttons
    assert [(b.text, b.action, b.copy) for b in first] == [
        ("Yes", "x:1", None),
        ("Copy 112", None, "112"),
    ]
    assert second[0].text.startswith("Open N&<b>N")
    assert (len(second[0].text), second[0].text[-1]) == (64, "…")


@given(
    st.lists(st.sampled_from(["word ", "<b>bold</b>", "\n", "\n\n", "&amp;", "😀", "x" * 30])),
    st.integers(10, 60),
)
def test_split_parts_fit_are_well_formed_and_lose_no_letter(pieces: list[str], limit: int) -> None:
    text = "<i>" + "".join(pieces) + "</i>"
    parts = split(text, limit)
    assert all(length(part) <= limit for part in parts)
    assert [mistakes(part) for part in parts if mistakes(part)] == []
    together = "".join(plain(part) for part in parts)
    assert "".join(together.split()) == "".join(plain(text).split())


def test_split_prefers_the_gap_between_paragraphs() -> None:
    assert split("one two\n\nthree four", 12) == ["one two", "three four"]


def test_split_opens_a_tag_again_in_the_next_part() -> None:
    assert split("<b>aaaa bbbb</b>", 5) == ["<b>aaaa </b>", "<b>bbbb</b>"]


def test_a_link_keeps_its_address_in_the_plain_text() -> None:
    assert plain('<a href="https://a.org">A &amp; B</a>') == "A & B (https://a.org)"


def test_the_built_in_card_fits_without_markup_and_has_its_numbers_early() -> None:
    assert TAG.search(BUILT_IN_HELP_CARD) is None
    assert len(BUILT_IN_HELP_CARD.split("112")[0].split()) <= 60
    assert (
        "https://findahelpline.com" in (Path(CONTENT) / "resources/international.toml").read_text()
    )
    assert "https://findahelpline.com" in BUILT_IN_HELP_CARD

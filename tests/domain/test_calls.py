"""Calls for help: what is one, however it is spelt, and what is not."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.calls import asks_for_help

CALLS = [
    "/sos",
    "sos",
    "s.o.s",
    "S.O.S.",
    "s o s",
    "s-o-s",
    "SOS!",
    "SOS!!!",
    "  /SOS\n",
    "/sos@anybot",
    "/sos please",
    "/sos now",
    "sos please",
    "／ｓｏｓ",
    "\N{ZERO WIDTH SPACE}sos",
    "s\N{ZERO WIDTH JOINER}os",
    "\N{HANGUL FILLER}/sos",
    "𝐒𝐎𝐒",
    "🆘",
    "🆘🆘🆘",
    "🆘\N{VARIATION SELECTOR-16}",
    "🆘 now",
    "help",
    "Help!",
    "HELP NOW",
    "help  now…",
    "“Help now”",
    "helpnow",
]
NO_CALLS = [
    "",
    " ",
    "🙂",
    "/help",
    "／help",
    "/HELP",
    "/help@anybot",
    "/help now",
    "\N{ZERO WIDTH SPACE}/help",
    "help me with my sleep",
    "it did help",
    "nowhelp",
    "sosa",
    "sossy",
    "/sosx",
    "so so",
    "s o",
    "osos",
    "I am so sorry",
    "\ud83d",
    "sos\ud83d",
    "\x00",
]


@pytest.mark.parametrize("text", CALLS)
def test_a_call_for_help_is_heard(text: str) -> None:
    assert asks_for_help(text)


@pytest.mark.parametrize("text", NO_CALLS)
def test_other_words_are_no_call_for_help(text: str) -> None:
    assert not asks_for_help(text)


unseen = st.text(st.sampled_from("\u200b\u200d\u2060\ufeff\u00ad\ufe0f\u202e\x00"), max_size=4)
signs = st.text(st.sampled_from(" \n\t.,!?…“”*_~-(){}🙂‼"), max_size=6)


@given(
    st.sampled_from(["sos", "help", "help now"]),
    signs,
    signs,
    unseen,
    st.randoms(use_true_random=False),
)
def test_case_signs_and_what_cannot_be_seen_do_not_matter(
    call: str, before: str, after: str, hidden: str, chance: Random
) -> None:
    letters = (letter.upper() if chance.random() < 0.5 else letter for letter in call)
    assert asks_for_help(before + hidden + hidden.join(letters) + after)


@given(st.text(st.characters(max_codepoint=0x7F, exclude_characters="sShH"), max_size=40))
def test_a_text_without_the_letters_of_a_call_is_none(text: str) -> None:
    assert not asks_for_help(text)


@given(st.text())
def test_after_sos_anything_may_follow(after: str) -> None:
    assert asks_for_help(f"sos {after}")

"""Whether words are a call for help. One rule for first aid and for the route table."""

import unicodedata

from bot.domain.typed import BLANKS

# Kept short on purpose: a call is answered with numbers and is not kept as a note. `help` and
# `help now` (the words on the button, in each language) count alone, not within a sentence; after
# SOS anything may follow. A test holds the button's label in every language against this list.
WORDS = frozenset({"help", "helpnow"})

_SOS_SIGN = "\N{SQUARED SOS}"
_UNSEEN = frozenset({"Cc", "Cf", "Mn", "Me"})


def asks_for_help(text: str) -> bool:
    """Whether a text is a call for help: SOS in any spelling, `help` or `help now`. Never raises.

    Case, punctuation, full-width letters and invisible characters do not matter. `/help` is the
    command that explains, and no call.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    words = "".join(map(_plain_character, plain)).split()
    if words[:1] == ["sos"] or words[:3] == ["s", "o", "s"]:
        return True
    return "".join(words) in WORDS and not _is_command(plain)


def _plain_character(character: str) -> str:
    if character == _SOS_SIGN:
        return " sos "
    if character.isspace():
        return " "
    kind = unicodedata.category(character)
    if character in BLANKS or kind in _UNSEEN:
        return ""
    # Half a character is no punctuation: nobody knows which letter or sign it was.
    return character if character.isalnum() or kind == "Cs" else " "


def _is_command(plain: str) -> bool:
    return "/" in plain

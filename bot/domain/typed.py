"""Reading what a person typed: digits of any script, odd signs, text that cannot be seen.

Compatibility normalisation (NFKC) is avoided on purpose: it turns `7²` into 72 and `6½` into 61⁄2.
"""

import re
import unicodedata
from decimal import Decimal

LONGEST_NUMBER = 40  # characters; Python refuses integers of more than 4,300 digits

_SIGNS = {
    "\u066b": ".",  # Arabic decimal separator
    "\u2044": "/",
    "\u2215": "/",
    "\u2212": "-",
    "\u2012": "-",
    "\u2013": "-",
    "\u2014": "-",
}
_FRACTIONS = {"½": Decimal("0.5"), "¼": Decimal("0.25"), "¾": Decimal("0.75")}
BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and symbols that draw nothing
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"})
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL refuses NUL, UTF-8 lone surrogates
_NUMBER = re.compile(r"([+-]?)(\d*)(?:[.,](\d+))?([½¼¾]?)", re.ASCII)


def plain(text: str) -> str:
    """The text in lower case, with ASCII digits and signs and without format characters."""
    return " ".join("".join(map(_plain_character, text)).split()).lower()


def _plain_character(character: str) -> str:
    if character.isascii():
        return character
    if "\uff01" <= character <= "\uff5e":  # full-width forms of ASCII
        return chr(ord(character) - 0xFEE0)
    if unicodedata.category(character) == "Cf":  # direction marks around Arabic digits
        return ""
    digit = unicodedata.decimal(character, None)
    return _SIGNS.get(character, character) if digit is None else str(digit)


def storable(text: str) -> str:
    """The text without its outer whitespace, NUL and lone surrogates; otherwise as typed."""
    return _UNSTORABLE.sub("", text).strip()


def is_visible(text: str) -> bool:
    """Whether at least one character of the text draws something."""
    return any(
        unicodedata.category(character) not in _UNSEEN and character not in BLANKS
        for character in text
    )


def read_number(text: str) -> Decimal | None:
    """The number in a text made plain, such as `7`, `-1`, `7,5`, `.5` or `6½`, or None.

    Exponents, words, ranges, and more than 40 characters are not read.
    """
    found = _NUMBER.fullmatch(text) if len(text) <= LONGEST_NUMBER else None
    if found is None:
        return None
    sign, whole, decimals, fraction = found.groups()
    if not (whole or decimals or fraction) or (decimals and fraction):
        return None
    value = Decimal(f"{whole or 0}.{decimals or 0}") + _FRACTIONS.get(fraction, Decimal())
    return -value if sign == "-" else value

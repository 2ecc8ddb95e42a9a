"""How a sentence reads: forbidden words, amounts, and how many years of school it asks for."""

import re

from bot.library.models import Words

_UNITS = (
    "g|gr|gram|grams|gramme|grammes|mg|milligrams?|kg|capsules?|caps|pills?|tablets?|"
    "teaspoons?|tsp|tablespoons?|tbsp|spoons?|scoops?|shots?|doses?"
)
_AMOUNT = re.compile(rf"\b\d+(?:[.,]\d+)?\s*(?:{_UNITS})\b", re.IGNORECASE)
_VARIABLE = re.compile(r"\{\$[^}]*\}")
_HIGHEST_GRADE = 6.0
_FEWEST_WORDS = 20


def forbidden(text: str, language: str, words: Words) -> list[str]:
    """What a text may not say, one sentence each; variables are left out."""
    spoken = _VARIABLE.sub(" ", text)
    found = [
        f"says “{word}”: {group.reason}"
        for group in words.forbidden.get(language, [])
        for word in group.words
        if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", spoken, re.IGNORECASE)
    ]
    amount = _AMOUNT.search(spoken)
    if amount:
        found.append(f"says “{amount.group()}”: a text never names an amount; take it out")
    return found


def grade(text: str) -> float | None:
    """School grade by Flesch-Kincaid (Kincaid 1975), approximate: syllables are vowel groups.

    None for texts of fewer than 20 words, where the formula says nothing.
    """
    spoken = _VARIABLE.sub("it", text)
    sentences = [part for part in re.split(r"[.!?:\n]+", spoken) if re.search(r"[a-z]", part, re.I)]
    words = re.findall(r"[A-Za-z’']+", spoken)
    if len(words) < _FEWEST_WORDS or not sentences:
        return None
    syllables = sum(_syllables(word.lower()) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


def is_hard_to_read(text: str) -> bool:
    """Whether a text asks for more than six years of school (age 11 to 12)."""
    years = grade(text)
    return years is not None and years > _HIGHEST_GRADE


def _syllables(word: str) -> int:
    groups = len(re.findall(r"[aeiouy]+", word))
    silent = word.endswith("e") and not word.endswith("le") and groups > 1
    return max(1, groups - silent)

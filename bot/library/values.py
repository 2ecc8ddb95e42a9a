"""Values inside a sentence: escaped words, isolated directions, moments in a person's zone."""

import html
import unicodedata
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError  # comes with fluent.runtime, which formats with it
from babel.dates import format_datetime

from bot.domain.messages import Moment

_FSI, _PDI = "\u2068", "\u2069"
_ISOLATES = "\u2066\u2067\u2068"
_TURNS = frozenset({"R", "AL", "AN", "RLE", "RLO", "LRE", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI"})
# Format letters of a date_time entity: w weekday, D long date, t short time
# (core.telegram.org/bots/api#html-style). The patterns are Unicode CLDR's.
_STYLES = {
    "time": ("t", "HH:mm"),
    "day": ("wD", "EEEE d MMMM"),
    "day_time": ("wDt", "EEEE d MMMM, HH:mm"),
}


def escape(words: str) -> str:
    """A person's or a third party's words, safe inside Telegram HTML and inside a sentence.

    Lone surrogates cannot be sent and become U+FFFD. Words that turn the reading direction are
    isolated (Unicode UAX #9), so that they cannot reorder the sentence around them.
    """
    sendable = words.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return isolate(html.escape(sendable, quote=False))


def isolate(words: str) -> str:
    """Words between U+2068 and U+2069 where they contain anything that turns the direction."""
    if not any(unicodedata.bidirectional(letter) in _TURNS for letter in words):
        return words
    depth = stray = 0
    for letter in words:
        if letter in _ISOLATES:
            depth += 1
        elif letter == _PDI and depth:
            depth -= 1
        elif letter == _PDI:
            stray += 1
    return _FSI * (1 + stray) + words + _PDI * (1 + depth)


def show_moment(moment: Moment, language: str) -> str:
    """A moment as Telegram HTML: the reader's own zone unless it is fixed, else the zone given.

    An unknown style is a mistake of the caller and raises KeyError.
    """
    letters, pattern = _STYLES[moment.style]
    local = moment.at.astimezone(ZoneInfo(moment.zone))
    shown = format_datetime(local, pattern, locale=_locale(language))
    if moment.fixed:
        return html.escape(shown, quote=False)
    unix = int(moment.at.timestamp())
    return f'<tg-time unix="{unix}" format="{letters}">{html.escape(shown, quote=False)}</tg-time>'


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")

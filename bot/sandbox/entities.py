"""Text as Telegram keeps it: cleaned, trimmed, with entities counted in UTF-16 units."""

import re
from typing import Any

Entity = dict[str, Any]

# clean_input_string in td's misc code: controls become spaces, these marks vanish.
_CONTROLS = {code: " " for code in range(32) if code != 10}
_VANISH = {13: None, **dict.fromkeys(range(0x2028, 0x202F))}
_VANISH.update({0x030A: None, 0x0333: None, 0x033F: None})
_CLEANING: dict[int, str | None] = {**_CONTROLS, **_VANISH}
_BLANK = " \n"
_FOUND_BY_TELEGRAM = re.compile(
    r"(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-zA-Z]{2,})"
    r"|(?P<url>https?://[^\s<>\"]+[^\s<>\".,;:!?)])"
    r"|(?<![\w/<])(?P<bot_command>/[a-zA-Z0-9_]{1,64}(?:@[a-zA-Z0-9_]{3,32})?)(?![\w/])"
    r"|(?<!\w)(?P<mention>@[a-zA-Z][a-zA-Z0-9_]{3,31})\b"
    r"|(?<!\w)(?P<hashtag>\#\w*[^\W\d]\w*)"
    r"|(?<![\w+])(?P<phone_number>\+\d[\d ()-]{6,18}\d)(?!\w)"
)


def utf16_length(text: str) -> int:
    """The number of UTF-16 units, which is how Telegram counts."""
    return len(text) + sum(char > "\uffff" for char in text) if not text.isascii() else len(text)


def clean(text: str) -> str:
    """The text without characters that Telegram drops or turns into spaces."""
    return text.translate(_CLEANING)


def trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Cut blank ends off; at the start only as far as the first entity, as td does."""
    cut = text.rstrip(_BLANK)
    first = min((entity["offset"] for entity in entities), default=len(cut))
    lead = min(len(cut) - len(cut.lstrip(_BLANK)), first)
    return cut[lead:], _fit(entities, lead, utf16_length(cut))


def _fit(entities: list[Entity], lead: int, end: int) -> list[Entity]:
    """Move entities to the left by `lead` units and cut off what lies beyond `end`."""
    fitted = []
    for entity in entities:
        length = min(entity["offset"] + entity["length"], end) - entity["offset"]
        if length > 0:
            fitted.append({**entity, "offset": entity["offset"] - lead, "length": length})
    return fitted


def found_by_telegram(text: str, taken: list[Entity]) -> list[Entity]:
    """Commands, links, addresses and numbers that Telegram marks by itself."""
    found: list[Entity] = []
    for match in _FOUND_BY_TELEGRAM.finditer(text):
        offset = utf16_length(text[: match.start()])
        entity: Entity = {
            "type": match.lastgroup,
            "offset": offset,
            "length": utf16_length(match[0]),
        }
        if not any(_overlap(entity, other) for other in taken):
            found.append(entity)
    return found


def _overlap(one: Entity, other: Entity) -> bool:
    if other["type"] not in {"text_link", "code", "pre", "text_mention"}:
        return False
    begins_before = one["offset"] < other["offset"] + other["length"]
    return bool(begins_before and other["offset"] < one["offset"] + one["length"])


def with_found(text: str, entities: list[Entity]) -> list[Entity]:
    """Given entities and those that Telegram finds, in the order of the text."""
    everything = [*entities, *found_by_telegram(text, entities)]
    return sorted(everything, key=lambda entity: (entity["offset"], -entity["length"]))

"""JSON in, without the halves of characters that no UTF-8 answer could carry out again."""

import json
from typing import Any


def read_json(text: str | bytes) -> Any:
    """The value of a JSON text; ValueError if it is broken or holds half a surrogate pair."""
    value = json.loads(text)
    escaped = "\\u" in text if isinstance(text, str) else b"\\u" in text
    if escaped:
        # UnicodeEncodeError is a ValueError.
        json.dumps(value, ensure_ascii=False).encode()
    return value

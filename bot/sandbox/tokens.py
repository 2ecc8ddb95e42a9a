"""Which tokens the sandbox takes: invented ones only, never one that could be real."""

import re
from enum import Enum, auto

SANDBOX_TOKEN = "1:sandbox"  # noqa: S105 - an invented token, that is its whole point

_SHAPE = re.compile(r"\d+:[^/\s]+")
# The shape of tokens that BotFather gives out: a numeric bot id, a colon, 35 characters.
_REAL = re.compile(r"\d{6,}:[A-Za-z0-9_-]{35}")


class TokenKind(Enum):
    """What a token in an address looks like."""

    INVENTED = auto()
    REAL = auto()
    MALFORMED = auto()


def token_kind(token: str) -> TokenKind:
    """Sort a token by its looks; the token itself is kept nowhere."""
    if _REAL.fullmatch(token):
        return TokenKind.REAL
    return TokenKind.INVENTED if _SHAPE.fullmatch(token) else TokenKind.MALFORMED

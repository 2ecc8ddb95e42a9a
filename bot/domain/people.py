"""A person as the rest of the house knows them: no name, no number, no address of Telegram."""

from dataclasses import dataclass
from uuid import UUID

CONSENT_VERSION = 1  # of the text that is agreed to now; raise it when its meaning changes


@dataclass(frozen=True, slots=True)
class Person:
    """One person. `country` is ISO 3166 alpha-2, `zone` an IANA name.

    `consent_version` is the version of the text agreed to; `joined` tells that the first run is
    complete; `stopped` is their own wish, `unreachable` is Telegram's refusal (blocked, account
    gone); `minor` that they have said to be younger than 18, and not taken it back.
    """

    id: UUID
    language: str
    zone: str
    consent_version: int
    country: str | None = None
    joined: bool = False
    stopped: bool = False
    unreachable: bool = False
    minor: bool = False

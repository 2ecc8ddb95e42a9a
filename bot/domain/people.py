"""A person as the rest of the house knows them: no name, no number, no address of Telegram."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

CONSENT_VERSION = 1  # of the text that is agreed to now; raise it when its meaning changes
NO_CONSENT = 0  # the consent version of somebody who has not agreed to anything


class Consent(StrEnum):
    """What a person can agree to, each one apart from the other."""

    DIARY = "diary"
    MESSAGES = "messages"


@dataclass(frozen=True, slots=True)
class Person:
    """One person. `country` is ISO 3166 alpha-2, `zone` an IANA name.

    `consent_version` is the version of the text agreed to, 0 for none; `joined` tells that the
    first run is complete; `stopped` is their own wish, `unreachable` is Telegram's refusal
    (blocked, account gone).
    """

    id: UUID
    language: str
    zone: str
    consent_version: int
    country: str | None = None
    joined: bool = False
    stopped: bool = False
    unreachable: bool = False

    @property
    def may_be_messaged(self) -> bool:
        """Whether we may write first; an answer to them needs no leave."""
        return self.consent_version > NO_CONSENT and not self.stopped and not self.unreachable

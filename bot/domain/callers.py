"""Who wrote to us, as far as one update tells."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """The sender of one update in a private chat.

    `receipt` is the number of its inbox row: replies are deduplicated by it, and settling it is
    part of the same transaction as what the update changed. `aided` tells that first aid has
    already answered this very update.
    """

    chat_id: int
    language: str
    receipt: int
    aided: bool = False

"""The real bot with one place made to fail: `python -m tests.faults.wrapped`, for the tests here.

STILLWATER_TEST_HOOK names the place. A strike kills the process as `kill -9` does; all but the
poison strike once only, for which they leave a file beside the data.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from telegram import Update

from bot.__main__ import main
from bot.delivery.carrier import Carrier
from bot.services.post import Post
from handlers import checkins
from tests.faults.stage import HOOK

POISON = "poison"


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_once() -> None:
    struck = Path(os.environ["STILLWATER_DATA_DIR"]) / "struck"
    if not struck.exists():
        struck.touch()
        _die()


def _before(owner: Any, name: str, strike: Callable[..., None]) -> None:
    original = getattr(owner, name)

    async def wrapped(*given: Any) -> Any:
        strike(*given)
        return await original(*given)

    setattr(owner, name, wrapped)


def before_inbox() -> None:
    """An update is in hand and not yet kept."""
    _before(Post, "take_in", lambda *_: _die_once())


def before_sending() -> None:
    """A message is claimed and not yet on its way."""
    _before(Carrier, "carry", lambda *_: _die_once())


def before_booking() -> None:
    """Telegram has the message, and the outbox does not know it."""
    _before(Post, "sent", lambda *_: _die_once())


def poison() -> None:
    """A handler that takes the process with it whenever it meets one text."""

    def strike(update: Update, *_: object) -> None:
        if update.message is not None and update.message.text == POISON:
            _die()

    _before(checkins, "typed", strike)


HOOKS: dict[str, Callable[[], None]] = {
    "before_inbox": before_inbox,
    "before_sending": before_sending,
    "before_booking": before_booking,
    "poison": poison,
}

if __name__ == "__main__":
    HOOKS[os.environ[HOOK]]()
    sys.exit(main(["run"]))

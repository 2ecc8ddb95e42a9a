"""Asking Telegram for updates, and confirming them only once they are kept."""

import asyncio
import json
from urllib.parse import urlencode

from telegram.error import Conflict, RetryAfter
from telegram.request import HTTPXRequest

from bot.delivery.ingest import Ingest
from bot.delivery.outcomes import Fate, classify
from bot.delivery.raw import Raw, update_id_of
from bot.delivery.working import to_its_end
from bot.errors import StorageUnavailable
from bot.telemetry import fault, get_log

_log = get_log("polling")

KINDS = ("message", "edited_message", "callback_query", "my_chat_member")
LONG_POLL_S = 25
MOST_UPDATES = 100
CONFLICT_PAUSE_S = 15.0
TOKEN_PAUSE_S = 60.0
UNKEPT_PAUSE_S = 2.0


class Polling:
    """The poll loop. `root` is the API's address with the token: it is never logged."""

    def __init__(self, root: str, request: HTTPXRequest, ingest: Ingest) -> None:
        self._root = root
        self._request = request
        self._ingest = ingest

    async def run(self) -> None:
        """Poll for ever; every failure waits and tries again."""
        offset: int | None = None
        pause_s = 1.0
        while True:
            try:
                offset = await self._round(offset)
                pause_s = 1.0
            except StorageUnavailable as error:
                _log.critical("updates_not_kept", **fault(error))
                await asyncio.sleep(UNKEPT_PAUSE_S)
            except Exception as error:
                await asyncio.sleep(self._pause_after(error, pause_s))
                pause_s = min(pause_s * 2, 30.0)

    async def _round(self, offset: int | None) -> int | None:
        """One long poll; the offset that confirms what it brought.

        After an empty answer the offset is forgotten: everything is confirmed by then, and after a
        quiet week Telegram may go on with lower numbers, which an old offset would hide.
        """
        updates = await self._fetch(offset)
        if not updates:
            return None
        await to_its_end(self._ingest.take(updates))
        numbers = [number for update in updates if (number := update_id_of(update)) is not None]
        if not numbers:
            await asyncio.sleep(UNKEPT_PAUSE_S)  # nothing to confirm by: do not spin on it
            return offset
        return max(numbers) + 1

    async def _fetch(self, offset: int | None) -> list[Raw]:
        query = {
            "timeout": LONG_POLL_S,
            "limit": MOST_UPDATES,
            "allowed_updates": json.dumps(KINDS),
        }
        if offset is not None:
            query["offset"] = offset
        raw = await self._request.retrieve(
            f"{self._root}/getUpdates?{urlencode(query)}", read_timeout=LONG_POLL_S + 10
        )
        answer = json.loads(raw.decode("utf-8", "replace"))
        return [update for update in answer["result"] if isinstance(update, dict)]

    def _pause_after(self, error: Exception, pause_s: float) -> float:
        if isinstance(error, Conflict):
            _log.critical("second_poller", reason="another process polls with this token")
            return CONFLICT_PAUSE_S
        outcome = classify(error)
        if outcome.fate is Fate.TOKEN:
            _log.critical("token_refused")
            return TOKEN_PAUSE_S
        _log.warning("poll_failed", code=outcome.code, **fault(error))
        return outcome.retry_after_s or pause_s if isinstance(error, RetryAfter) else pause_s

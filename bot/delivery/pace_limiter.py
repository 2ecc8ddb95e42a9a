"""The pace keeper in the form in which python-telegram-bot asks for one."""

from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from bot.delivery.outcomes import classify
from bot.delivery.pace import Held, Pace
from bot.domain.messages import Lane
from bot.errors import StillwaterError


class Overdue(StillwaterError):
    """The message expired while it waited for its turn; nothing was sent."""


class TurnArgs(NamedTuple):
    """What a request tells of itself: its lane, and whether it is still wanted at its turn."""

    lane: Lane
    wanted: Callable[[], bool] = lambda: True


Result = bool | dict[str, Any] | list[dict[str, Any]]

_PREFIXES = ("send", "editMessage", "copyMessage", "forwardMessage")


def is_paced(endpoint: str) -> bool:
    """Whether this Bot API method puts a message into a chat or changes one."""
    return endpoint.startswith(_PREFIXES) and endpoint != "sendChatAction"


class PaceLimiter(BaseRateLimiter[TurnArgs]):
    """Paces messages; lets every other method pass.

    `rate_limit_args` is a TurnArgs, `Lane.REPLY` without it. Overdue when the message is no longer
    wanted once its turn has come: a machine may sleep for hours in between. A 429 to a message
    holds the pace and is raised on, as is a hold that is already on: RetryAfter in both cases,
    nothing was sent. A 429 to any other method, such as setMyCommands, fills a bucket of its own.
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to give back."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Result]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: TurnArgs | None,
    ) -> Result:
        """Make the request when its turn has come."""
        if not is_paced(endpoint):
            return await callback(*args, **kwargs)
        asked = rate_limit_args or TurnArgs(Lane.REPLY)
        chat = str(data.get("chat_id", data.get("inline_message_id", "")))
        try:
            async with self._pace.turn(asked.lane, chat):
                if not asked.wanted():
                    raise Overdue("expired in the line")
                return await self._send(callback, args, kwargs)
        except Held as held:
            raise RetryAfter(max(1, round(held.for_s + 0.5))) from held

    async def _send(
        self,
        callback: Callable[..., Coroutine[Any, Any, Result]],
        args: Any,
        kwargs: dict[str, Any],
    ) -> Result:
        try:
            return await callback(*args, **kwargs)
        except RetryAfter as error:
            self._pace.hold(classify(error).retry_after_s or 0.0)
            raise

"""Telegram as this process reaches it: one bot a purpose, each with its own HTTP pool."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import httpx
from telegram import Bot, BotCommand, BotCommandScopeAllPrivateChats
from telegram.error import InvalidToken, TelegramError
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot.delivery.outcomes import Fate, classify
from bot.delivery.pace import Pace
from bot.delivery.pace_limiter import PaceLimiter
from bot.delivery.polling import KINDS
from bot.errors import SettingsError
from bot.library import Library
from bot.telemetry import get_log

_log = get_log("telegram")

CONNECT_S = 5.0
READ_S = 20.0
UPLOAD_S = 60.0
POOL_S = 5.0
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
COURTESY_S = 3.0
"""A notice on a press is worth no longer wait: by then the answer itself has come, or will."""
COMMANDS = ("start", "checkin", "today", "sos", "help", "privacy", "stop")


class TelegramSide:
    """A paced bot for what is said, an unpaced one for first aid, a request for polling.

    `courtesy_bot` is for what may as well fail, such as the notice on a press: unpaced, with few
    connections and short waits of its own, so that it keeps nothing else waiting. `root` is the
    address of a Bot API server; the token never leaves these objects.
    """

    def __init__(self, root: str, token: str, pace: Pace) -> None:
        trust = httpx.create_ssl_context()  # once: reading the certificates takes 0.1 s and 3 MB
        self.bot: ExtBot[Any] = ExtBot(
            token,
            base_url=f"{root}/bot",
            base_file_url=f"{root}/file/bot",
            request=_request(20, trust),
            get_updates_request=_request(1, trust),
            rate_limiter=PaceLimiter(pace),
        )
        self.poll_request = _request(1, trust)
        # Neither of these two fetches updates, but each would make a client for it if given none.
        self.aid_bot = Bot(
            token,
            base_url=f"{root}/bot",
            request=_request(8, trust),
            get_updates_request=self.poll_request,
        )
        self._courtesy_request = _request(4, trust, longest_s=COURTESY_S)
        self.courtesy_bot = Bot(
            token,
            base_url=f"{root}/bot",
            request=self._courtesy_request,
            get_updates_request=self.poll_request,
        )
        self.poll_root = f"{root}/bot{token}"

    async def open(self) -> int:
        """Wait until Telegram answers, however long it takes; the bot's id.

        SettingsError when Telegram says that the token is wrong.
        """
        await self.poll_request.initialize()
        for bot in (self.bot, self.aid_bot):
            pause_s = FIRST_PAUSE_S
            while not await self._opened(bot):
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
        return self.bot.id

    @staticmethod
    async def _opened(bot: Bot) -> bool:
        try:
            await bot.initialize()
        except InvalidToken as error:
            # PTB wraps the refusal in one of its own kind, which would look like a gateway's word.
            refusal = error.__cause__ if isinstance(error.__cause__, InvalidToken) else error
            outcome = classify(refusal)
            if outcome.fate is Fate.TOKEN:
                raise SettingsError(
                    "STILLWATER_TOKEN: Telegram does not know this token; copy it anew from "
                    "@BotFather (and check STILLWATER_API_URL if you have set it)"
                ) from None
            _log.warning("telegram_unreachable", code=outcome.code)
        except TelegramError as error:
            _log.warning("telegram_unreachable", code=classify(error).code)
        else:
            return True
        return False

    async def route(self, webhook: tuple[str, str] | None) -> None:
        """Tell Telegram how updates are fetched; returns once it has taken that.

        `webhook` is the address and the secret, None for polling. Polling has to wait for it: as
        long as a webhook is set, Telegram hands out no updates.
        """
        if webhook is None:
            await _until_taken("webhook_not_removed", self.bot.delete_webhook)
            return
        url, secret = webhook
        await _until_taken(
            "webhook_not_set",
            lambda: self.bot.set_webhook(
                url, secret_token=secret, allowed_updates=KINDS, max_connections=20
            ),
        )

    async def announce(self, library: Library) -> None:
        """Tell Telegram which commands there are; returns once it has taken them all.

        Nothing may wait for it: without the list the bot works as well.
        """
        for language in library.languages:
            commands = [
                BotCommand(name, library.text(f"command-{name}", language)) for name in COMMANDS
            ]
            await _until_taken(
                "commands_not_announced",
                partial(
                    self.bot.set_my_commands,
                    commands,
                    scope=BotCommandScopeAllPrivateChats(),
                    language_code=None if language == "en" else language,
                ),
            )

    async def close(self) -> None:
        """Give the connections back."""
        await self.bot.shutdown()
        await self.aid_bot.shutdown()
        await self._courtesy_request.shutdown()
        await self.poll_request.shutdown()


async def _until_taken(event: str, call: Callable[[], Awaitable[object]]) -> None:
    """Call again until Telegram takes it; each refusal is logged as `event`."""
    pause_s = FIRST_PAUSE_S
    while True:
        try:
            await call()
        except TelegramError as error:
            outcome = classify(error)
            _log.warning(event, code=outcome.code, error=type(error).__name__)
            await asyncio.sleep(outcome.retry_after_s or pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
        else:
            return


def _request(pool: int, trust: ssl.SSLContext, longest_s: float = READ_S) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=pool,
        httpx_kwargs={"verify": trust},
        connect_timeout=min(CONNECT_S, longest_s),
        read_timeout=longest_s,
        write_timeout=longest_s,
        pool_timeout=min(POOL_S, longest_s),
        media_write_timeout=UPLOAD_S,
    )

"""Telegram as this process reaches it: one bot a purpose, each with its own HTTP pool."""

import asyncio
import ssl
from typing import Any

import httpx
from telegram import Bot, BotCommand, BotCommandScopeAllPrivateChats
from telegram.error import InvalidToken, TelegramError
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot.delivery.outcomes import classify
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
COMMANDS = ("start", "checkin", "today", "sos", "help", "stop")


class TelegramSide:
    """A paced bot for what is said, an unpaced one for first aid, a request for polling.

    `root` is the address of a Bot API server; the token never leaves these objects.
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
        self.aid_bot = Bot(token, base_url=f"{root}/bot", request=_request(8, trust))
        self.poll_request = _request(1, trust)
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
            # PTB wraps the refusal in one of its own kind; below that a gateway may have spoken.
            refusal = error.__cause__ if isinstance(error.__cause__, InvalidToken) else error
            if refusal.__cause__ is None:
                raise SettingsError(
                    "STILLWATER_TOKEN: Telegram does not know this token; copy it anew from "
                    "@BotFather (and check STILLWATER_API_URL if you have set it)"
                ) from None
            _log.warning("telegram_unreachable", code=classify(refusal).code)
        except TelegramError as error:
            _log.warning("telegram_unreachable", code=classify(error).code)
        else:
            return True
        return False

    async def announce(self, library: Library, webhook: tuple[str, str] | None) -> None:
        """Tell Telegram how updates are fetched, and which commands there are.

        `webhook` is the address and the secret, None for polling. A failure is tried again by
        the caller: without a webhook that is set, nothing arrives.
        """
        if webhook is None:
            await self.bot.delete_webhook()
        else:
            await self.bot.set_webhook(
                webhook[0], secret_token=webhook[1], allowed_updates=KINDS, max_connections=20
            )
        for language in library.languages:
            commands = [
                BotCommand(name, library.text(f"command-{name}", language)) for name in COMMANDS
            ]
            await self.bot.set_my_commands(
                commands,
                scope=BotCommandScopeAllPrivateChats(),
                language_code=None if language == "en" else language,
            )

    async def close(self) -> None:
        """Give the connections back."""
        await self.bot.shutdown()
        await self.aid_bot.shutdown()
        await self.poll_request.shutdown()


def _request(pool: int, trust: ssl.SSLContext) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=pool,
        httpx_kwargs={"verify": trust},
        connect_timeout=CONNECT_S,
        read_timeout=READ_S,
        write_timeout=READ_S,
        pool_timeout=POOL_S,
        media_write_timeout=UPLOAD_S,
    )

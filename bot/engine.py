"""The loops of one process, put together: ingest, lanes, sender, ticker and the front door."""

import contextlib
import os
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from telegram import Update
from telegram.ext import ApplicationBuilder, ContextTypes

from bot.clock import SystemClock
from bot.delivery.bell import Bell
from bot.delivery.carrier import Carrier
from bot.delivery.first_aid import FirstAid
from bot.delivery.http import WebServer
from bot.delivery.ingest import Ingest
from bot.delivery.lanes import Lanes
from bot.delivery.nursery import Nursery
from bot.delivery.pace import Pace
from bot.delivery.polling import Polling
from bot.delivery.raw import private_chat_of, sender_language
from bot.delivery.sender import LOOK_EVERY_S, Sender
from bot.delivery.telegram_side import TelegramSide
from bot.delivery.ticker import Ticker
from bot.delivery.webhook import webhook_app
from bot.domain.callers import Caller
from bot.errors import SettingsError, StorageUnavailable
from bot.ground import Ground
from bot.settings import Settings
from bot.storage.inbox import Letter
from bot.storage.leadership import lead
from bot.storage.spool import Spool
from bot.telemetry import fault, get_log
from handlers import register, unreadable
from handlers.context import AIDED, RECEIPT, Context, House

_log = get_log("engine")

STOP_WITHIN_S = 5.0
FREE_RATE = 30
"""Messages a second over all chats that Telegram carries without charge."""
SHARED_LOOK_EVERY_S = 0.2
"""With several workers a reply may have been queued by another, whose bell is not heard here."""

Loop = Callable[[], Awaitable[None]]


class Engine:
    """The loops of one process, put together; each can be run by itself in a test."""

    def __init__(self, ground: Ground, side: TelegramSide, pace: Pace) -> None:
        self._ground = ground
        self._side = side
        self.worker = f"{os.getpid()}-{secrets.token_hex(4)}"
        self.work, self.courtesies = Nursery(), Nursery()
        self.house = _house(ground, side, self.courtesies)
        services, pulse = ground.services, ground.pulse
        post, safety = services.post, services.safety
        lanes_bell, sender_bell = Bell(), Bell()
        look_every_s = LOOK_EVERY_S if ground.database.is_sqlite else SHARED_LOOK_EVERY_S
        self.first_aid = FirstAid(
            side.aid_bot, ground.library, safety.country_of, post.aided, self.work, pulse
        )
        spool = Spool(ground.settings.spool_dir, ground.database.vault)
        _prepare(spool, ground.settings)
        self.ingest = Ingest(post, spool, self.first_aid, lanes_bell, pulse)
        self.lanes = Lanes(
            self.worker,
            post,
            safety,
            self._handle,
            self.work,
            lanes_bell,
            sender_bell,
            pulse,
            look_every_s,
        )
        paid = ground.settings.send_rate > FREE_RATE
        carrier = Carrier(side.bot, ground.library, ground.clock, ground.settings.data_dir, paid)
        self.sender = Sender(
            self.worker,
            post,
            carrier,
            pace,
            self.work,
            sender_bell,
            pulse,
            look_every_s=look_every_s,
        )
        self.ticker = Ticker(services, ground.clock, SystemClock(), sender_bell, pulse)
        self._web = _web_server(ground.settings, self.ingest)

    def loops(self) -> dict[str, Loop]:
        """Every loop by its name. Polling and sending are done by one process at a time."""
        database = self._ground.database
        return {
            **self._intake(),
            "drain": self.ingest.drain,
            "lanes": self.lanes.run,
            "sender": lambda: lead(database, "sending", self.sender.run),
            "ticker": self.ticker.run,
            "commands": lambda: self._side.announce(self._ground.library),
        }

    def _intake(self) -> dict[str, Loop]:
        if self._web is None:
            return {"intake": lambda: lead(self._ground.database, "polling", self._poll)}
        webhook = self._ground.settings.webhook
        return {"intake": self._web.run, "webhook": lambda: self._side.route(webhook)}

    async def _poll(self) -> None:
        await self._side.route(None)
        await Polling(self._side.poll_root, self._side.poll_request, self.ingest).run()

    async def _handle(self, letter: Letter) -> None:
        data = {**letter.update, RECEIPT: letter.seq, AIDED: letter.aided}
        try:
            update = Update.de_json(data, self._side.bot)
        except Exception as error:
            # A Bot API server of another age than the library sends what it cannot take apart.
            _log.warning("update_unreadable", seq=letter.seq, **fault(error))
            await unreadable.answer(self.house.services, letter.seq, _sender_of(letter))
        else:
            await self.house.process_update(update)

    async def close(self) -> None:
        """Let what is under way end, and give back what is not."""
        if self._web is not None:
            self._web.close()
        await self.work.close(STOP_WITHIN_S)
        await self.courtesies.close(grace_s=0)
        with contextlib.suppress(StorageUnavailable):  # their leases run out by themselves
            await self._ground.services.post.before_a_stop(self.worker)


def _prepare(spool: Spool, settings: Settings) -> None:
    try:
        spool.prepare()
    except OSError as error:
        raise SettingsError(
            f"STILLWATER_DATA_DIR: {settings.spool_dir} cannot be written ({error.strerror}); "
            "make it a folder that the user who runs the bot may write"
        ) from None


def _web_server(settings: Settings, ingest: Ingest) -> WebServer | None:
    """The web server where Telegram is to call us; SettingsError when its port is taken."""
    if settings.webhook is None:
        return None
    url, secret = settings.webhook
    return WebServer(webhook_app(urlsplit(url).path or "/", secret, ingest), *settings.listen)


def _sender_of(letter: Letter) -> Caller | None:
    chat_id = private_chat_of(letter.update)
    if chat_id is None:
        return None
    return Caller(chat_id, sender_language(letter.update) or "en", letter.seq, letter.aided)


def _house(ground: Ground, side: TelegramSide, courtesies: Nursery) -> House:
    house = (
        ApplicationBuilder()
        .application_class(House)
        .bot(side.bot)
        .updater(None)
        .job_queue(None)
        .context_types(ContextTypes(context=Context))
        .build()
    )
    if not isinstance(house, House):
        raise TypeError("the builder was told to make a House")
    house.services = ground.services
    house.library = ground.library
    house.courtesy_bot = side.courtesy_bot
    house.in_passing = courtesies.start
    register(house)
    return house

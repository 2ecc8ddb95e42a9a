"""The only place that knows every room: settings → database → services → handlers → loops."""

import asyncio
import contextlib
import gc
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from telegram import Update
from telegram.ext import ApplicationBuilder, ContextTypes

from bot.clock import Clock, SystemClock
from bot.delivery.bell import Bell
from bot.delivery.carrier import Carrier
from bot.delivery.first_aid import FirstAid
from bot.delivery.http import serve_webhook
from bot.delivery.ingest import Ingest
from bot.delivery.lanes import Lanes
from bot.delivery.nursery import Nursery, supervise
from bot.delivery.pace import Pace
from bot.delivery.polling import Polling
from bot.delivery.raw import private_chat_of, sender_language
from bot.delivery.sender import LOOK_EVERY_S, Sender
from bot.delivery.telegram_side import TelegramSide
from bot.delivery.ticker import Ticker
from bot.delivery.webhook import webhook_app
from bot.domain.callers import Caller
from bot.domain.messages import say
from bot.errors import SettingsError, StorageUnavailable
from bot.library import Library
from bot.sandbox.remote_clock import following
from bot.services import Services, build
from bot.services.cards import HELP_ROW
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.inbox import Letter
from bot.storage.leadership import lead
from bot.storage.opening import check_bot, claim_folder, open_database, sqlite_url
from bot.storage.spool import Spool
from bot.telemetry import Pulse, fault, get_log
from handlers import register
from handlers.context import AIDED, RECEIPT, Context, House

_log = get_log("app")

CONTENT = Path(__file__).parent.parent / "content"
STOP_WITHIN_S = 8.0
HEARTBEAT = "heartbeat"
FREE_RATE = 30
"""Messages a second over all chats that Telegram carries without charge."""
SHARED_LOOK_EVERY_S = 0.2
"""With several workers a reply may have been queued by another, whose bell is not heard here."""

Loop = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Ground:
    """What every process stands on, whatever it then does."""

    settings: Settings
    clock: Clock
    database: Database
    library: Library
    services: Services
    pulse: Pulse


@asynccontextmanager
async def open_ground(settings: Settings, clock: Clock) -> AsyncIterator[Ground]:
    """Open folder, key, database and content; SetupError with one line when one is not fit."""
    library = Library.load(CONTENT)
    url = settings.database_url or sqlite_url(settings.data_dir)
    lock = claim_folder(settings.data_dir, alone=url.startswith("sqlite"))
    try:
        opened = await open_database(url, settings.key_path)
        if opened.key_is_new:
            _log.warning("key_made", reason="back up the key file: without it the data is lost")
        try:
            services = build(opened.database, clock, library)
            pulse = Pulse(settings.data_dir / HEARTBEAT)
            yield Ground(settings, clock, opened.database, library, services, pulse)
        finally:
            await opened.database.close()
    finally:
        os.close(lock)


async def run(settings: Settings, clock: Clock, stop: asyncio.Event) -> None:
    """Run the bot until `stop` is set, then leave nothing half-done."""
    if settings.clock_url is not None:
        async with following(settings.clock_url) as moved:
            await run(settings.model_copy(update={"clock_url": None}), moved, stop)
        return
    async with open_ground(settings, clock) as ground:
        pace = Pace(per_second=settings.send_rate)
        side = TelegramSide(settings.api_url, settings.secret_token, pace)
        try:
            await _run(ground, side, pace, stop)
        finally:
            await side.close()


async def _run(ground: Ground, side: TelegramSide, pace: Pace, stop: asyncio.Event) -> None:
    opening = asyncio.ensure_future(side.open())  # noqa: TID251 - awaited or cancelled right here
    await _first_of(stop, opening)
    if not opening.done():
        opening.cancel()
        return
    await check_bot(ground.database, opening.result())
    await ground.services.post.after_a_start(alone=ground.database.is_sqlite)
    engine = Engine(ground, side, pace)
    await engine.house.initialize()
    # What is loaded by now stays: the collector need not walk through it in the middle of a burst.
    gc.collect()
    gc.freeze()
    loops = Nursery()
    for name, body in engine.loops().items():
        loops.start(supervise(name, body, pause_s=1.0), name)
    _log.info("started", mode=ground.settings.mode)
    await stop.wait()
    _log.info("stopping")
    await loops.close(grace_s=0)
    await engine.close()
    _log.info("stopped")


async def _first_of(stop: asyncio.Event, work: asyncio.Future[int]) -> None:
    waiting: asyncio.Future[Any] = asyncio.ensure_future(stop.wait())  # noqa: TID251 - cancelled right here
    either: list[asyncio.Future[Any]] = [waiting, work]
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


class Engine:
    """The loops of one process, put together; each can be run by itself in a test."""

    def __init__(self, ground: Ground, side: TelegramSide, pace: Pace) -> None:
        self._ground = ground
        self._side = side
        self.worker = f"{os.getpid()}-{secrets.token_hex(4)}"
        self.work = Nursery()
        self.house = _house(ground, side)
        services, pulse = ground.services, ground.pulse
        lanes_bell, sender_bell = Bell(), Bell()
        look_every_s = LOOK_EVERY_S if ground.database.is_sqlite else SHARED_LOOK_EVERY_S
        self.first_aid = FirstAid(
            side.aid_bot,
            ground.library,
            services.safety.country_of,
            services.post.aided,
            self.work,
            pulse,
        )
        spool = Spool(ground.settings.spool_dir, ground.database.vault)
        _prepare(spool, ground.settings)
        self.ingest = Ingest(services.post, spool, self.first_aid, lanes_bell, pulse)
        self.lanes = Lanes(
            self.worker,
            services.post,
            services.safety,
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
            services.post,
            carrier,
            pace,
            self.work,
            sender_bell,
            pulse,
            look_every_s=look_every_s,
        )
        self.ticker = Ticker(services, ground.clock, SystemClock(), sender_bell, pulse)

    def loops(self) -> dict[str, Loop]:
        """Every loop by its name. Polling and sending are done by one process at a time."""
        database = self._ground.database
        webhook = self._ground.settings.mode == "webhook"
        intake = self._serve if webhook else lambda: lead(database, "polling", self._poll)
        return {
            "intake": intake,
            "drain": self.ingest.drain,
            "lanes": self.lanes.run,
            "sender": lambda: lead(database, "sending", self.sender.run),
            "ticker": self.ticker.run,
        }

    async def _handle(self, letter: Letter) -> None:
        data = {**letter.update, RECEIPT: letter.seq, AIDED: letter.aided}
        try:
            update = Update.de_json(data, self._side.bot)
        except Exception as error:
            # A Bot API server of another age than the library sends what it cannot take apart.
            _log.warning("update_unreadable", seq=letter.seq, **fault(error))
            await self._cannot_read(letter)
        else:
            await self.house.process_update(update)

    async def _cannot_read(self, letter: Letter) -> None:
        services, chat_id = self._ground.services, private_chat_of(letter.update)
        if chat_id is None:
            await services.post.settle(letter.seq)
            return
        caller = Caller(chat_id, sender_language(letter.update) or "en", letter.seq, letter.aided)
        await services.safety.say(caller, say("cannot-read", rows=(HELP_ROW,)))

    async def _poll(self) -> None:
        await self._side.announce(self._ground.library, None)
        await Polling(self._side.poll_root, self._side.poll_request, self.ingest).run()

    async def _serve(self) -> None:
        settings = self._ground.settings
        if settings.webhook_url is None or settings.webhook_secret is None:
            raise ValueError("settings.read has made sure of both")
        secret = settings.webhook_secret.get_secret_value()
        app = webhook_app(urlsplit(settings.webhook_url).path or "/", secret, self.ingest)
        async with asyncio.TaskGroup() as group:
            group.create_task(serve_webhook(app, *settings.listen))
            await self._side.announce(self._ground.library, (settings.webhook_url, secret))

    async def close(self) -> None:
        """Let what is under way end, and give back what is not."""
        await self.work.close(STOP_WITHIN_S)
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


def _house(ground: Ground, side: TelegramSide) -> House:
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
    register(house)
    return house

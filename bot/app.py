"""From settings to a running bot, and down again: ground → Telegram → engine → loops."""

import asyncio
import contextlib
import gc

from bot.clock import Clock
from bot.delivery.nursery import Nursery, supervise
from bot.delivery.pace import Pace
from bot.delivery.telegram_side import TelegramSide
from bot.engine import Engine
from bot.errors import StorageUnavailable
from bot.ground import Ground, open_ground
from bot.sandbox.remote_clock import following
from bot.settings import Settings
from bot.storage.opening import check_bot
from bot.telemetry import fault, get_log, log_loop_error

_log = get_log("app")

DATABASE_PAUSE_S = 2.0


async def run(settings: Settings, clock: Clock, stop: asyncio.Event) -> None:
    """Run the bot until `stop` is set, then leave nothing half-done."""
    if settings.clock_url is not None:
        async with following(settings.clock_url) as moved:
            await run(settings.model_copy(update={"clock_url": None}), moved, stop)
        return
    asyncio.get_running_loop().set_exception_handler(log_loop_error)
    async with open_ground(settings, clock) as ground:
        pace = Pace(per_second=settings.send_rate)
        side = TelegramSide(settings.api_url, settings.secret_token, pace)
        try:
            await _run(ground, side, pace, stop)
        finally:
            await side.close()


async def _run(ground: Ground, side: TelegramSide, pace: Pace, stop: asyncio.Event) -> None:
    engine = Engine(ground, side, pace)  # first: a port that is taken is told at once
    try:
        bot_id = await _opened(side, stop)
        if bot_id is None or not await _made_ready(ground, bot_id, stop):
            return
        await engine.house.initialize()
        # What is loaded by now stays: the collector need not walk through it amid a burst.
        gc.collect()
        gc.freeze()
        await _turn(engine, ground.settings.mode, stop)
    finally:
        await engine.close()
    _log.info("stopped")


async def _opened(side: TelegramSide, stop: asyncio.Event) -> int | None:
    """The bot's id, None when asked to stop before Telegram has answered."""
    opening = asyncio.ensure_future(side.open())  # noqa: TID251 - awaited right here
    stopping = asyncio.ensure_future(stop.wait())  # noqa: TID251 - cancelled right here
    await asyncio.wait([opening, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if opening.done():
        return opening.result()
    opening.cancel()
    await asyncio.wait([opening])
    return None


async def _made_ready(ground: Ground, bot_id: int, stop: asyncio.Event) -> bool:
    """Check and tidy the database; False when asked to stop before it could be reached.

    It answered when it was opened. Telegram may have been waited for since, so a database that is
    being restarted meanwhile is waited for as well: nobody has to start the bot again.
    """
    while not stop.is_set():
        try:
            await check_bot(ground.database, bot_id)
            await ground.services.post.after_a_start(alone=ground.database.is_sqlite)
        except StorageUnavailable as error:
            _log.critical("database_down", **fault(error))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DATABASE_PAUSE_S):
                    await stop.wait()
        else:
            return True
    return False


async def _turn(engine: Engine, mode: str, stop: asyncio.Event) -> None:
    """Keep every loop running until asked to stop."""
    loops = Nursery()
    for name, body in engine.loops().items():
        loops.start(supervise(name, body, pause_s=1.0), name)
    _log.info("started", mode=mode)
    await stop.wait()
    _log.info("stopping")
    await loops.close(grace_s=0)

"""What a start waits for, in this process; and that no setting shows a secret meanwhile."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import bot.app
from bot.clock import MovableClock
from bot.delivery.pace import Pace
from bot.delivery.telegram_side import TelegramSide
from bot.ground import open_ground
from bot.sandbox import SANDBOX_TOKEN, World, serve
from bot.settings import read

TOKEN = "1:an-invented-token"


async def test_a_database_that_goes_while_telegram_is_waited_for_is_waited_for_as_well(
    tmp_path: Path, log: io.StringIO, no_certificates: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.app, "DATABASE_PAUSE_S", 0.02)
    async with serve(World(MovableClock())) as root, waiting_bot(tmp_path / "data", root) as stop:
        file, away = tmp_path / "data" / "stillwater.db", tmp_path / "away.db"
        file.rename(away)
        await told(log, "database_down")
        away.rename(file)
        await told(log, "started")
        stop.set()
    assert "Traceback" not in log.getvalue()


async def test_a_bot_that_waits_for_its_database_stops_when_asked(
    tmp_path: Path, log: io.StringIO, no_certificates: None
) -> None:
    async with serve(World(MovableClock())) as root, waiting_bot(tmp_path / "data", root) as stop:
        (tmp_path / "data" / "stillwater.db").rename(tmp_path / "away.db")
        await told(log, "database_down")
        stop.set()
    assert '"started"' not in log.getvalue()


@asynccontextmanager
async def waiting_bot(data: Path, root: str) -> AsyncIterator[asyncio.Event]:
    """A bot with its database open, to which nothing but that database is missing."""
    stop = asyncio.Event()
    settings = read({}, data_dir=data, api_url=root, token=SANDBOX_TOKEN)
    pace = Pace(per_second=1000)
    side = TelegramSide(root, SANDBOX_TOKEN, pace)
    async with open_ground(settings, MovableClock()) as ground:
        running = asyncio.create_task(bot.app._run(ground, side, pace, stop))  # noqa: TID251 - awaited
        yield stop
        await running
    await side.close()


async def told(log: io.StringIO, event: str) -> None:
    while f'"{event}"' not in log.getvalue():  # noqa: ASYNC110 - a log rings no bell
        await asyncio.sleep(0.01)


def test_no_secret_shows_in_the_settings_however_they_are_shown() -> None:
    settings = read(
        {
            "STILLWATER_TOKEN": TOKEN,
            "STILLWATER_DATABASE_URL": "postgresql+asyncpg://u:hidden@h/n",
            "STILLWATER_WEBHOOK_SECRET": "hidden-secret-of-the-webhook",
        }
    )
    for shown in (repr(settings), str(settings), f"{settings}", repr([settings])):
        assert "hidden" not in shown
        assert TOKEN not in shown
    assert settings.database_url == "postgresql+asyncpg://u:hidden@h/n"

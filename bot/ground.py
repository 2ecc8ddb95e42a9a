"""What every process stands on: folder, key, database, words and services."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.clock import Clock
from bot.library import Library
from bot.services import Services, build
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.opening import claim_folder, open_database, sqlite_url
from bot.telemetry import Pulse, get_log

_log = get_log("ground")

CONTENT = Path(__file__).parent.parent / "content"
HEARTBEAT = "heartbeat"


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

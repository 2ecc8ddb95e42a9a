"""The sandbox as a whole: a local Bot API with a chat page, a movable clock, and the bot in it."""

import asyncio
import contextlib
import os
import shutil
import webbrowser
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.app import run
from bot.clock import MovableClock
from bot.errors import SettingsError
from bot.sandbox.server import serve
from bot.sandbox.tokens import SANDBOX_TOKEN
from bot.sandbox.world import World
from bot.settings import Settings
from bot.storage.opening import claim_folder

FOLDER = "sandbox"
LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Play:
    """How to play. `port` 0 picks a free one; `in_terminal` chats here instead of in a browser."""

    port: int = 8088
    open_browser: bool = True
    in_terminal: bool = False
    with_bot: bool = True


def sandbox_settings(settings: Settings, root: str) -> Settings:
    """The operator's settings, with the sandbox in Telegram's place and a folder of its own."""
    return settings.model_copy(
        update={
            "token": SecretStr(SANDBOX_TOKEN),
            "api_url": root,
            "data_dir": settings.data_dir / FOLDER,
            "database_url": None,
            "key_file": None,
            "mode": "polling",
        }
    )


def fresh_folder(folder: Path) -> None:
    """An empty folder for one run: the invented people of the last run are gone with its server.

    SettingsError when another sandbox runs on it, or it cannot be emptied; a lock is not moved
    under whoever waits for it, so its file stays.
    """
    lock = claim_folder(folder, alone=True)
    try:
        for entry in folder.iterdir():
            if entry.name != LOCK:
                _remove(entry)
    except OSError as error:
        raise SettingsError(
            f"STILLWATER_DATA_DIR: {folder} cannot be emptied ({error.strerror}); remove it"
        ) from None
    finally:
        os.close(lock)


def _remove(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry)
    else:
        entry.unlink()


async def play(settings: Settings, how: Play, stop: asyncio.Event) -> None:
    """Serve the sandbox until stopped; SettingsError when its folder or its port is taken."""
    if how.with_bot:
        fresh_folder(settings.data_dir / FOLDER)
    clock = MovableClock()
    async with contextlib.AsyncExitStack() as stack:
        try:
            root = await stack.enter_async_context(serve(World(clock), port=how.port))
        except OSError as error:
            raise SettingsError(
                f"sandbox: port {how.port} cannot be used ({error.strerror}); "
                "give another with --port"
            ) from None
        parts: list[Coroutine[Any, Any, object]] = [stop.wait()]
        if how.with_bot:
            parts.append(run(sandbox_settings(settings, root), clock, stop))
        if how.in_terminal:
            parts.append(_chat(root, stop))
        else:
            announce(root, how)
        await _all(parts, stop)


async def _all(parts: list[Coroutine[Any, Any, object]], stop: asyncio.Event) -> None:
    """Run all parts; the first that fails, or ends, ends the others kindly."""
    tasks = [asyncio.ensure_future(part) for part in parts]  # noqa: TID251 - gathered just below
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    await asyncio.gather(*tasks)


async def _chat(root: str, stop: asyncio.Event) -> None:
    from bot.sandbox.terminal import talk

    talking = asyncio.ensure_future(talk(root))  # noqa: TID251 - awaited or cancelled just below
    stopping = asyncio.ensure_future(stop.wait())  # noqa: TID251 - cancelled just below
    await asyncio.wait([talking, stopping], return_when=asyncio.FIRST_COMPLETED)
    for task in (talking, stopping):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def announce(root: str, how: Play) -> None:
    """Say where the chat page is, and open it where a browser is at hand."""
    print("Local simulator: nothing here reaches Telegram or any person.")  # noqa: T201
    print(f"The chat page: {root}/", flush=True)  # noqa: T201
    if how.open_browser and how.with_bot:
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(f"{root}/")

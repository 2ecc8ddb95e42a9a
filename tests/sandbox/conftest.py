from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from telegram import Bot

from bot.clock import FrozenClock, MovableClock
from bot.sandbox import SANDBOX_TOKEN, World, serve

WEDNESDAY_NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@dataclass
class Stage:
    """A served sandbox with both sides of it: /sim over HTTP, and the Bot API."""

    root: str
    world: World
    http: httpx.AsyncClient

    async def sim(self, path: str, **body: Any) -> Any:
        answer = await self.http.post(f"/sim/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def look(self, path: str) -> Any:
        answer = await self.http.get(f"/sim/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def person(self, said: str | None = "hello", **fields: Any) -> int:
        """A new person, who has written to the bot unless `said` is None."""
        number: int = (await self.sim("people", **fields))["id"]
        if said is not None:
            await self.sim("say", person=number, text=said)
        return number

    async def call(self, method: str, **parameters: Any) -> httpx.Response:
        return await self.http.post(f"/bot{SANDBOX_TOKEN}/{method}", json=parameters)

    async def ok(self, method: str, **parameters: Any) -> Any:
        answer = await self.call(method, **parameters)
        assert answer.status_code == 200, answer.text
        assert answer.json()["ok"] is True
        return answer.json()["result"]

    async def refused(self, method: str, **parameters: Any) -> tuple[int, str]:
        answer = await self.call(method, **parameters)
        body = answer.json()
        assert body["ok"] is False
        assert body["error_code"] == answer.status_code
        return body["error_code"], body["description"]

    async def later(self, by: timedelta) -> None:
        await self.sim("clock", by_s=by.total_seconds())


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    world = World(MovableClock(FrozenClock(WEDNESDAY_NOON)), webhook_retry_s=0.01)
    async with (
        serve(world) as root,
        httpx.AsyncClient(base_url=root, timeout=20, trust_env=False) as http,
    ):
        yield Stage(root, world, http)


@pytest.fixture
async def bot(stage: Stage) -> AsyncIterator[Bot]:
    async with Bot(
        SANDBOX_TOKEN, base_url=f"{stage.root}/bot", base_file_url=f"{stage.root}/file/bot"
    ) as bot:
        yield bot

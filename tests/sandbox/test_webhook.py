import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.listening import listening
from tests.sandbox.conftest import Stage


@dataclass
class Receiver:
    """A webhook of our own: answers with the given statuses in turn, then with 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    seen: list[tuple[str | None, dict[str, Any]]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: Request) -> Response:
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
        self.seen.append((secret, await request.json()))
        self.news.set()
        status = self.statuses.pop(0) if self.statuses else 200
        return Response(status_code=status, headers=self.headers if status != 200 else None)

    async def calls(self, count: int) -> list[dict[str, Any]]:
        while len(self.seen) < count:
            self.news.clear()
            await self.news.wait()
        return [update for _, update in self.seen]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = Starlette(routes=[Route("/hook", receiver.take, methods=["POST"])])
    async with listening(app, "127.0.0.1", 0) as root:
        receiver.url = f"{root}/hook"
        yield receiver


async def nothing_waits(stage: Stage) -> None:
    """Until every update is confirmed."""
    while (await stage.ok("getWebhookInfo"))["pending_update_count"]:
        continue


async def test_updates_arrive_with_the_secret_and_are_confirmed(
    stage: Stage, receiver: Receiver
) -> None:
    await stage.ok("setWebhook", url=receiver.url, secret_token="s3cret-_")
    await stage.person("hello")
    (update,) = await receiver.calls(1)
    assert update["message"]["text"] == "hello"
    assert receiver.seen[0][0] == "s3cret-_"
    await nothing_waits(stage)
    assert (await stage.look("confirmed"))["confirmed"] == [update["update_id"]]


async def test_what_waited_before_the_webhook_is_delivered_too(
    stage: Stage, receiver: Receiver
) -> None:
    await stage.person("early")
    await stage.ok("setWebhook", url=receiver.url)
    (update,) = await receiver.calls(1)
    assert update["message"]["text"] == "early"
    assert receiver.seen[0][0] is None


async def test_pending_updates_can_be_dropped(stage: Stage, receiver: Receiver) -> None:
    person = await stage.person("early")
    await stage.ok("setWebhook", url=receiver.url, drop_pending_updates=True)
    await stage.sim("say", person=person, text="late")
    (update,) = await receiver.calls(1)
    assert update["message"]["text"] == "late"


async def test_whatever_is_not_2xx_is_repeated_in_order(stage: Stage, receiver: Receiver) -> None:
    receiver.statuses = [500, 403, 301]
    await stage.ok("setWebhook", url=receiver.url)
    person = await stage.person("one")
    await stage.sim("say", person=person, text="two")
    seen = [update["message"]["text"] for update in await receiver.calls(5)]
    assert seen == ["one", "one", "one", "one", "two"]
    info = await stage.ok("getWebhookInfo")
    assert info["last_error_message"] == "Wrong response from the webhook: 301"


async def test_retry_after_is_honoured(stage: Stage, receiver: Receiver) -> None:
    receiver.statuses, receiver.headers = [503], {"Retry-After": "1"}
    await stage.ok("setWebhook", url=receiver.url)
    began_s = asyncio.get_running_loop().time()
    await stage.person("one")
    await receiver.calls(2)
    # The first wait of this stage is a hundredth of a second, so a whole one was asked for.
    assert asyncio.get_running_loop().time() - began_s >= 1


async def test_presses_do_not_wait_behind_a_text_that_fails(
    stage: Stage, receiver: Receiver
) -> None:
    receiver.statuses, receiver.headers = [503], {"Retry-After": "60"}
    await stage.ok("setWebhook", url=receiver.url)
    person = await stage.person("stuck")
    await receiver.calls(1)
    await stage.sim("tap", person=person, message_id=1, data="x", force=True)
    assert "callback_query" in (await receiver.calls(2))[1]


async def test_people_do_not_wait_for_each_other(stage: Stage, receiver: Receiver) -> None:
    receiver.statuses, receiver.headers = [503], {"Retry-After": "60"}
    await stage.ok("setWebhook", url=receiver.url)
    await stage.person("stuck")
    await receiver.calls(1)
    await stage.person("free")
    assert (await receiver.calls(2))[1]["message"]["text"] == "free"


async def test_deleting_the_webhook_gives_waiting_updates_back_to_polling(
    stage: Stage, receiver: Receiver
) -> None:
    receiver.statuses, receiver.headers = [503], {"Retry-After": "60"}
    await stage.ok("setWebhook", url=receiver.url)
    await stage.person("stuck")
    await receiver.calls(1)
    await stage.ok("deleteWebhook")
    (update,) = await stage.ok("getUpdates")
    assert update["message"]["text"] == "stuck"


async def test_a_receiver_that_is_not_there_is_tried_again(
    stage: Stage, receiver: Receiver
) -> None:
    await stage.ok("setWebhook", url="http://127.0.0.1:9/hook")
    await stage.person("hello")
    while "last_error_message" not in (info := await stage.ok("getWebhookInfo")):
        continue
    assert info["last_error_message"].startswith("Connection failed")
    await stage.ok("setWebhook", url=receiver.url)
    assert len(await receiver.calls(1)) == 1


@pytest.mark.parametrize(
    ("parameters", "description"),
    [
        ({"url": "https://example.com/h"}, "bad webhook: the sandbox delivers to loopback "
         "addresses only"),
        ({"url": "ftp://127.0.0.1/h"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "http://127.0.0.1/h", "secret_token": "a b"},
         "secret token contains unallowed characters"),
    ],
)  # fmt: skip
async def test_wrong_webhooks_are_refused(
    stage: Stage, parameters: dict[str, Any], description: str
) -> None:
    refused = await stage.refused("setWebhook", **parameters)
    assert refused == (400, f"Bad Request: {description}")
    assert (await stage.ok("getWebhookInfo"))["url"] == ""

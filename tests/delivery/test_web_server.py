"""The web server and the webhook as loops: hiccups, a taken port, a stop, and the port again."""

import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette

from bot.delivery import http, telegram_side
from bot.delivery.http import WebServer
from bot.delivery.nursery import Nursery, supervise
from bot.engine import Engine
from bot.errors import SettingsError
from tests.delivery.conftest import Stage, until

SECRET = "a-secret-of-the-webhook"


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def free_port() -> int:
    with taken_port() as port:
        return port


def in_webhook_mode(stage: Stage, port: int) -> Engine:
    more = {
        "mode": "webhook",
        "webhook_url": f"http://127.0.0.1:{port}/hook",
        "webhook_secret": SecretStr(SECRET),
        "listen": ("127.0.0.1", port),
    }
    settings = stage.ground.settings.model_copy(update=more)
    return Engine(replace(stage.ground, settings=settings), stage.side, stage.pace)


@asynccontextmanager
async def running(loops: dict[str, Callable[[], Any]], *names: str) -> AsyncIterator[None]:
    """Run loops as the process does: supervised."""
    nursery = Nursery()
    for name in names:
        nursery.start(supervise(name, loops[name], pause_s=0.01), name)
    try:
        yield
    finally:
        await nursery.close(0)


async def alive(port: int) -> bool:
    async with httpx.AsyncClient(trust_env=False) as client:
        with contextlib.suppress(httpx.TransportError):
            return (await client.get(f"http://127.0.0.1:{port}/healthz")).text == "ok"
    return False


@pytest.mark.parametrize("kind", ["502", "429", "html", "lost", "refuse", "400"])
async def test_the_server_runs_on_while_the_webhook_cannot_be_set(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(telegram_side, "FIRST_PAUSE_S", 0.02)
    person = await stage.person()
    await stage.sim("faults", kind=kind, method="setWebhook", times=2, retry_after_s=1)
    port = free_port()
    engine = in_webhook_mode(stage, port)
    async with running(engine.loops(), "intake", "webhook"):
        await until(lambda: bool(stage.logged("webhook_not_set")))
        assert await alive(port)
        said = await stage.sim("say", person=person, text="hello")
        await until(lambda: stage.world.updates.receipts.confirmed == [said["update_id"]])
    assert len(stage.logged("webhook_not_set")) == 2
    assert not stage.logged("loop_restarts")
    await engine.close()


async def test_the_port_is_free_again_after_a_stop(stage: Stage) -> None:
    port = free_port()
    for _ in range(2):
        engine = in_webhook_mode(stage, port)
        async with running(engine.loops(), "intake"):
            assert await alive(port)
        await engine.close()
    assert not await alive(port)


async def test_a_port_in_use_is_one_line_that_names_the_variable(stage: Stage) -> None:
    with taken_port() as port, pytest.raises(SettingsError) as refused:
        in_webhook_mode(stage, port)
    assert str(refused.value).startswith(f"STILLWATER_LISTEN: 127.0.0.1 port {port} ")


async def test_an_address_that_is_not_ours_is_one_line_that_names_the_variable() -> None:
    with pytest.raises(SettingsError, match=r"^STILLWATER_LISTEN: 192\.0\.2\.1 port"):
        WebServer(Starlette(), "192.0.2.1", free_port())


async def test_a_server_that_is_started_anew_does_not_meet_its_own_port() -> None:
    server = WebServer(Starlette(), "127.0.0.1", 0)
    for _ in range(3):
        async with running({"intake": server.run}, "intake"):
            async with httpx.AsyncClient(trust_env=False) as client:
                answer = await client.get(f"http://127.0.0.1:{server.port}/")
            assert answer.status_code == 404
    server.close()


async def test_a_server_that_ends_by_itself_is_a_failure_and_no_end_of_the_process() -> None:
    async def fails_to_start(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": ""})

    config = uvicorn.Config(fails_to_start, log_config=None, lifespan="on")
    with pytest.raises(OSError, match="could not start"):
        await http._serve(http._Server(config), http._listen("127.0.0.1", 0))


async def test_ipv6_is_served_where_there_is_any() -> None:
    try:
        server = WebServer(Starlette(), "::1", 0)
    except SettingsError:
        pytest.skip("no IPv6 on this machine")
    async with (
        running({"intake": server.run}, "intake"),
        httpx.AsyncClient(trust_env=False) as client,
    ):
        assert (await client.get(f"http://[::1]:{server.port}/")).status_code == 404
    server.close()

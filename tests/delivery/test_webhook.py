import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.delivery import ingest
from bot.delivery.webhook import SECRET_HEADER, webhook_app
from bot.sandbox.listening import listening
from tests.delivery.conftest import Stage, until

SECRET = "a-secret-of-the-webhook"
UPDATE = {"update_id": 1, "message": {"chat": {"id": 1001, "type": "private"}, "text": "hi"}}


@pytest.fixture
async def hook(stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    app = webhook_app("/hook", SECRET, stage.engine.ingest)
    async with listening(app, "127.0.0.1", 0) as root, httpx.AsyncClient(base_url=root) as http:
        yield http


async def post(hook: httpx.AsyncClient, content: bytes, **headers: str) -> httpx.Response:
    given = {SECRET_HEADER: SECRET, **{name.replace("_", "-"): v for name, v in headers.items()}}
    return await hook.post("/hook", content=content, headers=given)


async def test_an_update_is_taken_once_it_is_kept(stage: Stage, hook: httpx.AsyncClient) -> None:
    assert (await post(hook, json.dumps(UPDATE).encode())).status_code == 200
    assert await stage.inbox() == ["new"]


async def test_the_same_update_sent_again_is_taken_and_kept_once(
    stage: Stage, hook: httpx.AsyncClient
) -> None:
    for _ in range(3):
        assert (await post(hook, json.dumps(UPDATE).encode())).status_code == 200
    assert await stage.inbox() == ["new"]


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET[:-1], SECRET + "x", SECRET.upper()])
async def test_without_the_right_secret_nothing_is_taken(
    stage: Stage, hook: httpx.AsyncClient, secret: str | None
) -> None:
    headers = {} if secret is None else {SECRET_HEADER: secret}
    answer = await hook.post("/hook", json=UPDATE, headers=headers)
    assert answer.status_code == 403
    assert await stage.inbox() == []


async def test_a_secret_in_odd_characters_is_wrong_and_no_failure(
    hook: httpx.AsyncClient,
) -> None:
    answer = await hook.post("/hook", json=UPDATE, headers=[(SECRET_HEADER.encode(), b"\xff\xfe")])
    assert answer.status_code == 403


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_the_route_takes_posts_only(hook: httpx.AsyncClient, method: str) -> None:
    answer = await hook.request(method, "/hook", headers={SECRET_HEADER: SECRET})
    assert answer.status_code == 405


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b" " * 1_000_001,
        json.dumps({**UPDATE, "pad": "x" * 1_000_000}).encode(),
    ],
    ids=["nothing", "half", "list", "text", "null", "deep list", "deep", "blank", "too large"],
)
async def test_what_is_no_update_is_refused(
    stage: Stage, hook: httpx.AsyncClient, body: bytes
) -> None:
    assert (await post(hook, body)).status_code == 400
    assert await stage.inbox() == []


async def test_a_compressed_body_is_refused(stage: Stage, hook: httpx.AsyncClient) -> None:
    packed = gzip.compress(json.dumps(UPDATE).encode())
    assert (await post(hook, packed, content_encoding="gzip")).status_code == 400
    assert await stage.inbox() == []


async def test_odd_characters_and_numbers_are_kept(stage: Stage, hook: httpx.AsyncClient) -> None:
    bodies: list[bytes] = [
        b'{"update_id":1,"message":{"text":"\xff\xfe"}}',
        b'{"update_id":2,"message":{"text":"\\ud800"}}',
        b'{"update_id":"three"}',
        b'{"update_id":99999999999999999999999}',
        b'{"update_id":5,"message":{"chat":{"id":1e400}}}',
        b"{}",
    ]
    for body in bodies:
        assert (await post(hook, body)).status_code == 200, body
    assert await stage.inbox() == ["new"] * len(bodies)


async def test_while_nothing_can_be_kept_telegram_is_asked_to_come_again(
    stage: Stage, hook: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "STRAIGHT_TO_SPOOL_S", 0.0)
    spool = stage.ground.settings.spool_dir
    file, folder = stage.file, spool.rename(spool.with_name("away"))
    aside = file.rename(file.with_name("away.db"))
    answer = await post(hook, json.dumps(UPDATE).encode())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    aside.rename(file)
    folder.rename(spool)
    assert (await post(hook, json.dumps(UPDATE).encode())).status_code == 200
    assert await stage.inbox() == ["new"]


async def test_there_is_a_sign_of_life(hook: httpx.AsyncClient) -> None:
    assert (await hook.get("/healthz")).text == "ok"


async def test_telegram_delivers_to_the_webhook_and_hears_that_it_arrived(
    stage: Stage, hook: httpx.AsyncClient
) -> None:
    person = await stage.person()
    await stage.side.route((f"{hook.base_url}/hook", SECRET))
    said: dict[str, Any] = await stage.sim("say", person=person, text="hello")
    await until(lambda: stage.world.updates.receipts.confirmed == [said["update_id"]])
    assert await stage.inbox() == ["new"]

import itertools
from functools import partial
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from telegram.request import HTTPXRequest

from bot.delivery import ingest, polling, telegram_side
from bot.delivery.nursery import Nursery
from bot.delivery.polling import Polling
from bot.sandbox import SANDBOX_TOKEN
from bot.sandbox.listening import listening
from tests.delivery.conftest import Stage, until


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses of seconds become pauses of moments."""
    for name in ("UNKEPT_PAUSE_S", "CONFLICT_PAUSE_S", "TOKEN_PAUSE_S"):
        monkeypatch.setattr(polling, name, 0.02)
    monkeypatch.setattr(telegram_side, "FIRST_PAUSE_S", 0.02)
    for name in ("STRAIGHT_TO_SPOOL_S", "DRAIN_EVERY_S"):
        monkeypatch.setattr(ingest, name, 0.02)


def poller(stage: Stage) -> Polling:
    return Polling(stage.side.poll_root, stage.side.poll_request, stage.engine.ingest)


def away(path: Path) -> Path:
    """Move a file or folder aside; renaming it back brings the very same one."""
    return path.rename(path.with_name(f"{path.name}.away"))


async def test_what_is_kept_is_confirmed(stage: Stage) -> None:
    person = await stage.person()
    async with stage.running("intake"):
        said = await stage.sim("say", person=person, text="one")
        await until(lambda: stage.world.updates.receipts.confirmed == [said["update_id"]])
    assert await stage.inbox() == ["new"]


async def test_nothing_is_confirmed_while_it_is_kept_nowhere(stage: Stage) -> None:
    person = await stage.person()
    database, spool = away(stage.file), away(stage.ground.settings.spool_dir)
    said = await stage.sim("say", person=person, text="one")
    async with stage.running("intake"):
        await until(lambda: len(stage.logged("updates_not_kept")) >= 3)
        assert said["update_id"] in stage.world.updates.receipts.handed_out
        assert await stage.confirmed() == []
        spool.rename(stage.ground.settings.spool_dir)
        database.rename(stage.file)
        await until(lambda: stage.world.updates.receipts.confirmed == [said["update_id"]])
        assert await stage.inbox() == ["new"]


async def test_while_the_database_is_away_updates_wait_in_the_spool_and_keep_their_order(
    stage: Stage,
) -> None:
    person = await stage.person()
    database = away(stage.file)
    async with stage.running("intake", "drain"):
        for count, text in enumerate(("one", "two", "three"), start=1):
            await stage.sim("say", person=person, text=text)
            await until(partial(has_confirmed, stage, count))
        assert list(stage.ground.settings.spool_dir.glob("*.sealed"))
        database.rename(stage.file)
        await until(lambda: not list(stage.ground.settings.spool_dir.glob("*.sealed")))
        await until(lambda: bool(stage.logged("spool_drained")))
    letters = []
    while found := await stage.ground.services.post.next_letters("w", 10):
        letters += [each.update["message"]["text"] for each in found]
        await stage.ground.services.post.settle(found[0].seq)
    assert letters == ["one", "two", "three"]


def has_confirmed(stage: Stage, count: int) -> bool:
    return len(stage.world.updates.receipts.confirmed) == count


async def test_a_damaged_batch_in_the_spool_does_not_hold_up_what_is_new(stage: Stage) -> None:
    person = await stage.person()
    (stage.ground.settings.spool_dir / "0.sealed").write_bytes(b"not a batch\xff")
    async with stage.running("intake"):
        said = await stage.sim("say", person=person, text="one")
        await until(lambda: stage.world.updates.receipts.confirmed == [said["update_id"]])
    assert stage.logged("spool_set_aside")
    assert await stage.inbox() == ["new"]


@pytest.mark.parametrize("numbers", list(itertools.permutations((5, 70, 900))))
async def test_after_an_empty_answer_lower_numbers_are_not_hidden(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, numbers: tuple[int, ...]
) -> None:
    monkeypatch.setattr(polling, "LONG_POLL_S", 0)
    own = poller(stage)
    offset: int | None = None
    for number in numbers:
        stage.world.updates.inject(f'{{"update_id":{number}}}', "message", 1, number)
        offset = await own._round(offset)
        assert offset == number + 1
        offset = await own._round(offset)
        assert offset is None
    assert await stage.inbox() == ["new"] * 3
    assert sorted(await stage.confirmed()) == sorted(numbers)


async def test_a_second_poller_is_told_to_the_operator_and_does_not_end_the_first(
    stage: Stage,
) -> None:
    person = await stage.person()
    async with stage.running("intake"):
        await until(lambda: stage.world.updates._poll > 0)
        address = f"/bot{SANDBOX_TOKEN}/getUpdates"
        await stage.http.post(address, json={"timeout": 0})
        await until(lambda: bool(stage.logged("second_poller")))
        said = await stage.sim("say", person=person, text="one")
        await until(lambda: stage.world.updates.receipts.confirmed == [said["update_id"]])


async def test_a_refused_token_is_told_to_the_operator_and_never_logged(stage: Stage) -> None:
    token = f"1234567:{'x' * 35}"
    request = HTTPXRequest()
    await request.initialize()
    own = Nursery()
    own.start(Polling(f"{stage.root}/bot{token}", request, stage.engine.ingest).run(), "poll")
    await until(lambda: len(stage.logged("token_refused")) >= 2)
    await own.close(0)
    await request.shutdown()
    assert "x" * 35 not in stage.log.getvalue()


@pytest.mark.parametrize("kind", ["502", "html", "lost", "refuse", "429"])
async def test_polling_outlives_every_fault_of_the_other_side(stage: Stage, kind: str) -> None:
    person = await stage.person()
    await stage.sim("faults", kind=kind, method="getUpdates", times=1, retry_after_s=1)
    async with stage.running("intake"):
        said = await stage.sim("say", person=person, text="one")
        await until(lambda: stage.world.updates.receipts.confirmed == [said["update_id"]])
    assert stage.logged("poll_failed")
    assert await stage.inbox() == ["new"]


def asked(stage: Stage, method: str) -> int:
    return int(stage.world.ledger.requests(method)[method]["count"])


@pytest.mark.parametrize("kind", ["500", "400", "429", "html", "lost"])
async def test_polling_and_first_aid_never_wait_for_the_list_of_commands(
    stage: Stage, kind: str
) -> None:
    person = await stage.person()
    await stage.sim("faults", kind=kind, method="setMyCommands")
    async with stage.running("intake", "commands"):
        await until(lambda: bool(stage.logged("commands_not_announced")))
        said = await stage.sim("say", person=person, text="/sos")
        await until(lambda: stage.world.updates.receipts.confirmed == [said["update_id"]])
        await stage.hears(person)


async def test_the_list_of_commands_is_offered_until_it_is_taken_and_then_no_more(
    stage: Stage,
) -> None:
    await stage.sim("faults", kind="502", method="setMyCommands", times=3)
    await stage.engine.loops()["commands"]()
    assert len(stage.logged("commands_not_announced")) == 3
    assert asked(stage, "setMyCommands") == 3 + len(stage.ground.library.languages)


@pytest.mark.parametrize("kind", ["502", "html", "lost", "refuse", "400"])
async def test_polling_begins_once_the_old_webhook_is_gone_however_often_that_fails(
    stage: Stage, kind: str
) -> None:
    person = await stage.person()
    await stage.sim("faults", kind=kind, method="deleteWebhook", times=3)
    async with stage.running("intake"):
        await until(lambda: len(stage.logged("webhook_not_removed")) == 3)
        assert asked(stage, "getUpdates") == 0
        said = await stage.sim("say", person=person, text="one")
        await until(lambda: stage.world.updates.receipts.confirmed == [said["update_id"]])
    assert not stage.logged("loop_restarts")


@pytest.mark.parametrize("status", [401, 404])
async def test_a_gateway_that_speaks_in_telegrams_place_says_nothing_about_the_token(
    stage: Stage, status: int
) -> None:
    async def page(_request: Request) -> Response:
        return HTMLResponse("<html>not here</html>", status)

    gateway = Starlette(routes=[Route("/{rest:path}", page)])
    async with listening(gateway, "127.0.0.1", 0) as root:
        request = HTTPXRequest(httpx_kwargs={"trust_env": False})
        await request.initialize()
        own = Nursery()
        own.start(Polling(f"{root}/bot1:a", request, stage.engine.ingest).run(), "poll")
        await until(lambda: bool(stage.logged("poll_failed")))
        await own.close(0)
        await request.shutdown()
    assert stage.logged("poll_failed")[0]["code"] == "gateway"
    assert not stage.logged("token_refused")

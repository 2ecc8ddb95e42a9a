import itertools
from functools import partial
from pathlib import Path

import pytest
from telegram.request import HTTPXRequest

from bot.delivery import ingest, polling
from bot.delivery.nursery import Nursery
from bot.delivery.polling import Polling
from bot.sandbox import SANDBOX_TOKEN
from tests.delivery.conftest import Stage, until


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses of seconds become pauses of moments."""
    for name in ("UNKEPT_PAUSE_S", "CONFLICT_PAUSE_S", "TOKEN_PAUSE_S"):
        monkeypatch.setattr(polling, name, 0.02)
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
    assert stage.logged("spool_unreadable")
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

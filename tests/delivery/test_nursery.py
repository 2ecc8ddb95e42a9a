import asyncio
import gc
import logging

import pytest

from bot.delivery.nursery import Nursery, supervise
from tests.virtual_time import run


async def test_a_task_that_nobody_holds_survives_the_garbage_collector() -> None:
    nursery, done = Nursery(), asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0.01)
        done.set()

    nursery.start(work(), "work")
    gc.collect()
    await nursery.close(grace_s=5)
    assert done.is_set()
    assert len(nursery) == 0


async def test_a_failure_is_counted_and_logged_by_type_never_by_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    nursery = Nursery()

    async def fail() -> None:
        raise ValueError("I took 5 g today")

    nursery.start(fail(), "send")
    await nursery.close(grace_s=1)
    assert nursery.failures == {"send": 1}
    [record] = caplog.records
    assert (record.getMessage(), record.levelno) == ("task_failed", logging.ERROR)
    assert (record.__dict__["task"], record.__dict__["error"]) == ("send", "ValueError")
    assert record.exc_info is None
    assert "5 g" not in caplog.text


async def test_closing_cancels_what_outlasts_the_grace_and_waits_for_its_clean_up() -> None:
    nursery, cleaned = Nursery(), False

    async def stubborn() -> None:
        nonlocal cleaned
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0)
            cleaned = True

    task = nursery.start(stubborn(), "stubborn")
    await nursery.close(grace_s=0.01)
    assert cleaned
    assert task.cancelled()
    assert not nursery.failures


async def test_a_closed_nursery_takes_no_more_tasks() -> None:
    nursery = Nursery()
    await nursery.close(grace_s=0)
    with pytest.raises(RuntimeError, match="closed"):
        nursery.start(asyncio.sleep(0), "late")
    assert len(nursery) == 0


def test_a_failing_loop_is_restarted_after_pauses_that_double_up_to_a_bound(
    caplog: pytest.LogCaptureFixture,
) -> None:
    starts: list[float] = []

    async def body() -> None:
        starts.append(asyncio.get_running_loop().time())
        if len(starts) < 6:
            raise ConnectionError("a private text")

    run(supervise("poll", body, pause_s=1, longest_pause_s=5))
    assert starts == pytest.approx([0, 1, 3, 7, 12, 17])
    assert [r.getMessage() for r in caplog.records] == ["loop_restarts"] * 5
    assert "private" not in caplog.text


def test_after_a_healthy_run_the_pause_is_short_again() -> None:
    pauses: list[float] = []
    ended_at_s = 0.0

    async def body() -> None:
        nonlocal ended_at_s
        time = asyncio.get_running_loop().time
        pauses.append(time() - ended_at_s)
        if len(pauses) == 4:
            await asyncio.sleep(10)
        ended_at_s = time()
        if len(pauses) < 6:
            raise ConnectionError

    run(supervise("poll", body, pause_s=1, longest_pause_s=4))
    assert pauses == pytest.approx([0, 1, 2, 4, 1, 2])


def test_cancelling_ends_the_supervision() -> None:
    async def body() -> None:
        await asyncio.sleep(3600)

    async def cancel() -> None:
        task = asyncio.get_running_loop().create_task(supervise("wait", body, pause_s=1))
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    run(cancel())

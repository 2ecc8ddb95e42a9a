"""A notice on a press is a courtesy: nothing waits for it, and nothing fails by it."""

import json

import pytest

import handlers.context
from bot.delivery import telegram_side
from tests.delivery.conftest import Stage, until


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notices wait longer than any test lasts."""
    for module in (telegram_side, handlers.context):
        monkeypatch.setattr(module, "COURTESY_S", 300.0)


async def presses_help(stage: Stage, person: int) -> None:
    """Help now is pressed on a card; the press is answered and settled like any update."""
    await stage.sim("say", person=person, text="/help")
    await stage.hears(person)
    (card,) = await stage.said(person)
    message_id = int(card["message_id"])
    await stage.sim("tap", person=person, message_id=message_id, data="sos", force=True)


LOOPS = ("intake", "lanes", "sender")


async def test_while_telegram_is_slow_with_notices_no_lane_waits_for_them(
    patient: None, stage: Stage
) -> None:
    people = [await stage.person() for _ in range(3)]
    await stage.sim("faults", kind="slow", method="answerCallbackQuery", delay_s=300)
    async with stage.running(*LOOPS):
        for person in people:
            await presses_help(stage, person)
        await until(lambda: stage.ground.pulse.counts["updates_done"] == 6)
        assert len(stage.engine.courtesies) == 3
        await stage.quiet()
    assert await stage.inbox() == ["done"] * 6
    await stage.engine.close()
    assert len(stage.engine.courtesies) == 0


async def test_a_notice_that_takes_too_long_is_given_up_and_the_press_is_done(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers.context, "COURTESY_S", 0.05)
    person = await stage.person()
    await stage.sim("faults", kind="slow", method="answerCallbackQuery", delay_s=300)
    async with stage.running(*LOOPS):
        await presses_help(stage, person)
        await until(lambda: bool(stage.logged("toast_refused")))
    assert stage.logged("toast_refused")[0]["error"] == "TimeoutError"
    assert not stage.logged("update_failed")


@pytest.mark.parametrize("kind", ["400", "403", "429", "502", "html", "lost", "refuse"])
async def test_a_notice_that_is_refused_is_nobodys_failure(stage: Stage, kind: str) -> None:
    person = await stage.person()
    await stage.sim("faults", kind=kind, method="answerCallbackQuery")
    async with stage.running(*LOOPS):
        await presses_help(stage, person)
        await until(lambda: bool(stage.logged("toast_refused")))
        await until(lambda: stage.ground.pulse.counts["updates_done"] == 2)
    assert not stage.logged("update_failed")
    assert not stage.logged("task_failed")


async def test_a_press_that_is_handled_while_the_house_closes_is_done_without_a_notice(
    stage: Stage,
) -> None:
    person = await stage.person()
    await stage.engine.courtesies.close(0)
    async with stage.running(*LOOPS):
        await presses_help(stage, person)
        await until(lambda: stage.ground.pulse.counts["updates_done"] == 2)
    assert not stage.logged("update_failed")


async def test_a_group_that_cannot_be_left_in_time_holds_nothing_up(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers.context, "COURTESY_S", 0.05)
    await stage.sim("faults", kind="slow", method="leaveChat", delay_s=300)
    group = {"id": -77, "type": "group", "title": "g"}
    bot_user = {"id": stage.side.bot.id, "is_bot": True, "first_name": "b"}
    somebody = {"id": 5, "is_bot": False, "first_name": "s"}
    change = {
        "chat": group,
        "from": somebody,
        "date": 0,
        "old_chat_member": {"user": bot_user, "status": "left"},
        "new_chat_member": {"user": bot_user, "status": "member"},
    }
    await stage.sim("update", raw=json.dumps({"update_id": 9, "my_chat_member": change}))
    async with stage.running(*LOOPS):
        await until(lambda: stage.ground.pulse.counts["updates_done"] == 1)
    assert not stage.logged("update_failed")
    assert await stage.inbox() == ["done"]

import asyncio
import json

import pytest

from bot.delivery.outcomes import Fate, Outcome, classify
from bot.delivery.pace import Pace
from bot.delivery.pace_limiter import Overdue, TurnArgs, is_paced
from bot.domain.messages import Lane
from tests.delivery.faulty_telegram import (
    PRIVATE,
    SENT_MESSAGE,
    answer,
    bot_at,
    error_of,
    refusal,
    serving,
)


@pytest.mark.parametrize(
    ("endpoint", "paced"),
    [
        ("sendMessage", True),
        ("sendPhoto", True),
        ("sendDocument", True),
        ("editMessageText", True),
        ("editMessageReplyMarkup", True),
        ("copyMessage", True),
        ("forwardMessage", True),
        ("sendChatAction", False),
        ("answerCallbackQuery", False),
        ("getUpdates", False),
        ("getMe", False),
        ("setMyCommands", False),
        ("deleteMessage", False),
    ],
)
def test_only_methods_that_put_or_change_a_message_are_paced(endpoint: str, paced: bool) -> None:
    assert is_paced(endpoint) is paced


async def test_a_flood_holds_every_lane_but_other_methods_pass() -> None:
    pace = Pace()
    flood = refusal(429, "Too Many Requests: retry after 7", retry_after=7)
    async with serving(flood) as url, bot_at(url, pace) as bot:
        first = classify(await error_of(bot.send_message(1, PRIVATE)))
        assert first == Outcome(Fate.NEVER_SENT, 7.0, "flood")
        assert 0 < pace.held_for_s <= 7
    async with (
        serving(answer(200, json.dumps({"ok": True, "result": True}))) as url,
        bot_at(url, pace) as bot,
    ):
        second = await error_of(
            bot.send_message(2, PRIVATE, rate_limit_args=TurnArgs(Lane.CHECKIN))
        )
        assert await bot.send_chat_action(2, "typing")
    assert classify(second).fate is Fate.NEVER_SENT
    assert 0 < (classify(second).retry_after_s or 0) <= 8


async def test_a_flood_of_another_method_does_not_hold_messages() -> None:
    pace = Pace()
    flood = refusal(429, "Too Many Requests: retry after 600", retry_after=600)
    async with serving(flood) as url, bot_at(url, pace) as bot:
        await error_of(bot.set_my_commands([("help", "x")]))
        assert pace.held_for_s == 0


async def test_the_lane_given_with_a_call_is_the_lane_of_its_turn() -> None:
    pace = Pace()
    async with (
        serving(answer(200, json.dumps(SENT_MESSAGE))) as url,
        bot_at(url, pace) as bot,
        pace.turn(Lane.REPLY, "1"),
    ):
        message = await bot.send_message(1, "card", rate_limit_args=TurnArgs(Lane.SAFETY))
        assert message.message_id == 1
        waiting = asyncio.gather(bot.send_message(1, "reply"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert pace.waiting == 1  # the chat is busy, and the default lane waits for it
        waiting.cancel()


async def test_a_message_that_is_no_longer_wanted_at_its_turn_is_not_sent() -> None:
    async with serving(answer(200, json.dumps(SENT_MESSAGE))) as url, bot_at(url, Pace()) as bot:
        with pytest.raises(Overdue):
            await bot.send_message(1, "nudge", rate_limit_args=TurnArgs(Lane.NUDGE, lambda: False))

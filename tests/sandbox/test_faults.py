import asyncio
from typing import Any

import httpx
import pytest
from telegram import Bot
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TimedOut

from bot.sandbox.floods import FloodModel
from tests.sandbox.conftest import Stage


async def sent_texts(stage: Stage) -> list[tuple[str, bool]]:
    return [(each["text"], each["answered"]) for each in (await stage.look("ledger"))["sends"]]


@pytest.mark.parametrize(
    ("fault", "code", "description"),
    [
        ({"kind": "403"}, 403, "Forbidden: bot was blocked by the user"),
        ({"kind": "400"}, 400, "Bad Request: chat not found"),
        ({"kind": "400", "description": "Bad Request: odd"}, 400, "Bad Request: odd"),
        ({"kind": "500"}, 500, "Internal Server Error"),
        ({"kind": "502"}, 502, "Bad Gateway"),
        ({"kind": "429", "retry_after_s": 7}, 429, "Too Many Requests: retry after 7"),
    ],
)
async def test_refusing_faults_answer_and_carry_nothing_out(
    stage: Stage, fault: dict[str, Any], code: int, description: str
) -> None:
    person = await stage.person()
    await stage.sim("faults", times=1, **fault)
    assert await stage.refused("sendMessage", chat_id=person, text="x") == (code, description)
    assert await sent_texts(stage) == []
    await stage.ok("sendMessage", chat_id=person, text="x")
    assert await sent_texts(stage) == [("x", True)]


async def test_429_names_the_wait_twice(stage: Stage) -> None:
    await stage.sim("faults", kind="429", retry_after_s=7)
    answer = await stage.call("getMe")
    assert answer.json()["parameters"] == {"retry_after": 7}
    assert answer.headers["Retry-After"] == "7"


async def test_html_answers_502_without_json(stage: Stage) -> None:
    await stage.sim("faults", kind="html")
    answer = await stage.call("getMe")
    assert answer.status_code == 502
    assert answer.headers["Content-Type"].startswith("text/html")
    seen = (await stage.look("requests"))["methods"]["getMe"]
    assert (seen["count"], seen["refused"]) == (1, 1)


async def test_slow_carries_out_at_once_and_answers_later(stage: Stage) -> None:
    person = await stage.person()
    await stage.sim("faults", kind="slow", delay_s=0.2, times=1)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    await stage.ok("sendMessage", chat_id=person, text="x")
    ended_s = loop.time()
    (send,) = (await stage.look("ledger"))["sends"]
    assert ended_s - began_s >= 0.2
    assert ended_s - send["at_s"] >= 0.2


async def test_lost_carries_out_and_drops_the_connection(stage: Stage) -> None:
    person = await stage.person()
    await stage.sim("faults", kind="lost", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        await stage.call("sendMessage", chat_id=person, text="x")
    assert await sent_texts(stage) == [("x", False)]


async def test_refuse_drops_the_connection_and_carries_nothing_out(stage: Stage) -> None:
    person = await stage.person()
    await stage.sim("faults", kind="refuse", times=1)
    with pytest.raises(httpx.ReadError):
        await stage.call("sendMessage", chat_id=person, text="x")
    assert await sent_texts(stage) == []


async def test_a_lost_poll_hands_its_updates_out_again(stage: Stage) -> None:
    await stage.person("hello")
    await stage.sim("faults", kind="lost", method="getUpdates", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        await stage.call("getUpdates")
    assert len(await stage.ok("getUpdates")) == 1


async def test_faults_hit_only_their_methods_and_people(stage: Stage) -> None:
    ann, ben = await stage.person(), await stage.person()
    await stage.sim("faults", kind="500", method=["sendMessage", "sendPhoto"], person=ann)
    await stage.ok("sendMessage", chat_id=ben, text="x")
    await stage.ok("sendChatAction", chat_id=ann, action="typing")
    for _ in range(3):
        assert (await stage.refused("sendMessage", chat_id=ann, text="x"))[0] == 500
    (fault,) = (await stage.look("faults"))["faults"]
    assert (fault["fired"], fault["times_left"]) == (3, None)


async def test_a_fault_of_a_person_hits_answers_to_their_presses(stage: Stage) -> None:
    person = await stage.person()
    press = await stage.sim("tap", person=person, message_id=1, data="x", force=True)
    await stage.sim("faults", kind="500", person=person, times=1)
    query_id = press["callback_query_id"]
    assert (await stage.refused("answerCallbackQuery", callback_query_id=query_id))[0] == 500


async def test_faults_are_removed_one_by_one_or_all_at_once(stage: Stage) -> None:
    first = (await stage.sim("faults", kind="500"))["id"]
    await stage.sim("faults", kind="502")
    assert (await stage.refused("getMe"))[0] == 500
    await stage.http.delete(f"/sim/faults/{first}")
    assert (await stage.refused("getMe"))[0] == 502
    assert (await stage.http.delete(f"/sim/faults/{first}")).status_code == 404
    await stage.http.delete("/sim/faults")
    await stage.ok("getMe")


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "x"},
        {"kind": "500", "times": 0},
        {"kind": "500", "method": 5},
        {"kind": "500", "method": "sendMesage"},
        {"kind": "500", "delay_s": "1"},
    ],
)
async def test_wrong_faults_are_refused(stage: Stage, wrong: dict[str, Any]) -> None:
    answer = await stage.http.post("/sim/faults", json=wrong)
    assert answer.status_code == 400
    assert list(answer.json()) == ["error"]


async def test_the_flood_model_is_off_until_asked_for(stage: Stage) -> None:
    ann = await stage.person()
    for _ in range(3):
        await stage.ok("sendMessage", chat_id=ann, text="x")
    await stage.sim("faults", kind="flood")
    answers = [await stage.call("sendMessage", chat_id=ann, text="x") for _ in range(20)]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["description"] == "Too Many Requests: retry after 1"
    await stage.http.delete("/sim/faults")
    for _ in range(3):
        await stage.ok("sendMessage", chat_id=ann, text="x")


def test_the_flood_model_lets_one_a_second_a_chat_and_thirty_over_all_pass() -> None:
    model = FloodModel()
    model.on = True
    assert not model.too_fast("sendMessage", 1, 10.0)
    assert model.too_fast("editMessageText", 1, 10.9)
    assert not model.too_fast("sendMessage", 1, 11.0)
    assert not any(model.too_fast("sendMessage", chat, 20.0) for chat in range(30))
    assert model.too_fast("sendMessage", 99, 20.9)
    assert not model.too_fast("sendMessage", 99, 21.0)
    assert not model.too_fast("answerCallbackQuery", 99, 21.0)


async def test_ptb_sees_the_errors_that_telegram_would_cause(stage: Stage, bot: Bot) -> None:
    person = await stage.person()
    for kind, error in [
        ("429", RetryAfter),
        ("403", Forbidden),
        ("400", BadRequest),
        ("500", NetworkError),
        ("502", NetworkError),
        ("html", NetworkError),
        ("lost", NetworkError),
        ("refuse", NetworkError),
    ]:
        await stage.sim("faults", kind=kind, method="sendMessage", times=1)
        with pytest.raises(error):
            await bot.send_message(person, kind)
    await stage.sim("faults", kind="slow", delay_s=0.5, times=1)
    with pytest.raises(TimedOut):
        await bot.send_message(person, "slow", read_timeout=0.1)
    assert await sent_texts(stage) == [("lost", False), ("slow", True)]

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bot.clock import FrozenClock, MovableClock
from bot.sandbox import World, serve
from tests.sandbox.conftest import WEDNESDAY_NOON, Stage

OTHER_POLLER = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)


def texts(updates: list[dict[str, Any]]) -> list[str]:
    return [update["message"]["text"] for update in updates]


async def test_updates_come_in_order_until_their_offset_confirms_them(stage: Stage) -> None:
    person = await stage.person("one")
    await stage.sim("say", person=person, text="two")
    await stage.sim("say", person=person, text="three")
    updates = await stage.ok("getUpdates", limit=2)
    assert texts(updates) == ["one", "two"]
    assert texts(await stage.ok("getUpdates")) == ["one", "two", "three"]
    rest = await stage.ok("getUpdates", offset=updates[1]["update_id"] + 1)
    assert texts(rest) == ["three"]
    numbers = [each["update_id"] for each in updates] + [rest[0]["update_id"]]
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    seen = await stage.look("confirmed")
    assert seen == {"handed_out": numbers, "confirmed": numbers[:2], "expired": []}


async def test_a_negative_offset_keeps_only_the_last(stage: Stage) -> None:
    person = await stage.person("one")
    await stage.sim("say", person=person, text="two")
    assert texts(await stage.ok("getUpdates", offset=-1)) == ["two"]
    assert texts(await stage.ok("getUpdates")) == ["two"]


async def test_limit_is_cut_to_1_and_100(stage: Stage) -> None:
    person = await stage.person("0")
    for number in range(1, 101):
        await stage.sim("say", person=person, text=str(number))
    assert len(await stage.ok("getUpdates", limit=500)) == 100
    assert len(await stage.ok("getUpdates", limit=-3)) == 1


async def test_a_long_poll_ends_with_the_first_update(stage: Stage) -> None:
    person = await stage.person(said=None)
    async with asyncio.TaskGroup() as tasks:
        poll = tasks.create_task(stage.ok("getUpdates", timeout=50))
        await waiting_polls(stage, 1)
        await stage.sim("say", person=person, text="hi")
    assert texts(poll.result()) == ["hi"]


async def waiting_polls(stage: Stage, count: int) -> None:
    """Until so many polls have arrived."""
    while True:
        seen = (await stage.look("requests?method=getUpdates"))["methods"]["getUpdates"]
        if seen["count"] >= count:
            return


async def test_a_long_poll_without_news_ends_empty(stage: Stage) -> None:
    assert await stage.ok("getUpdates", timeout=1) == []


async def test_a_second_poller_ends_the_first_with_409(stage: Stage) -> None:
    person = await stage.person(said=None)
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(stage.refused("getUpdates", timeout=50))
        await waiting_polls(stage, 1)
        second = tasks.create_task(stage.ok("getUpdates", timeout=50))
        await waiting_polls(stage, 2)
        await stage.sim("say", person=person, text="hi")
    assert first.result() == (409, OTHER_POLLER)
    assert texts(second.result()) == ["hi"]


async def test_polls_are_refused_while_a_webhook_is_set(stage: Stage) -> None:
    async with asyncio.TaskGroup() as tasks:
        poll = tasks.create_task(stage.refused("getUpdates", timeout=50))
        await waiting_polls(stage, 1)
        await stage.ok("setWebhook", url="http://127.0.0.1:9/hook")
    assert poll.result() == (409, "Conflict: terminated by setWebhook request")
    assert await stage.refused("getUpdates") == (
        409,
        "Conflict: can't use getUpdates method while webhook is active; "
        "use deleteWebhook to delete the webhook first",
    )
    await stage.ok("deleteWebhook")
    assert await stage.ok("getUpdates") == []


async def test_messages_are_kept_for_24_hours(stage: Stage) -> None:
    person = await stage.person("old")
    await stage.later(timedelta(hours=1))
    await stage.sim("say", person=person, text="new")
    await stage.later(timedelta(hours=23) - timedelta(seconds=1))
    assert texts(await stage.ok("getUpdates")) == ["old", "new"]
    await stage.later(timedelta(seconds=1))
    assert texts(await stage.ok("getUpdates")) == ["new"]
    assert len((await stage.look("confirmed"))["expired"]) == 1


async def test_presses_are_kept_for_150_seconds(stage: Stage) -> None:
    person = await stage.person("text")
    await stage.sim("tap", person=person, message_id=1, data="x", force=True)
    await stage.later(timedelta(seconds=149))
    assert len(await stage.ok("getUpdates")) == 2
    await stage.later(timedelta(seconds=1))
    assert texts(await stage.ok("getUpdates")) == ["text"]


async def test_allowed_updates_hold_back_other_kinds_until_changed(stage: Stage) -> None:
    await stage.ok("getUpdates", allowed_updates=["callback_query"])
    person = await stage.person("unwanted")
    await stage.sim("tap", person=person, message_id=1, data="x", force=True)
    assert ["callback_query" in each for each in await stage.ok("getUpdates")] == [True]
    await stage.ok("getUpdates", allowed_updates=[])
    await stage.sim("say", person=person, text="wanted")
    assert "message" in (await stage.ok("getUpdates"))[-1]
    assert "allowed_updates" not in await stage.ok("getWebhookInfo")


async def test_raw_updates_are_handed_out_as_they_are(stage: Stage) -> None:
    await stage.sim("update", raw='{"update_id": 7,  "odd":[]}')
    await stage.sim("update", message={"text": "half a message"})
    answer = await stage.call("getUpdates")
    assert '{"update_id": 7,  "odd":[]}' in answer.text
    assert answer.json()["result"][1]["message"] == {"text": "half a message"}


async def test_a_repeated_update_is_handed_out_again_even_behind_the_offset(stage: Stage) -> None:
    await stage.person("once")
    (update,) = await stage.ok("getUpdates")
    beyond = update["update_id"] + 1
    assert await stage.ok("getUpdates", offset=beyond) == []
    await stage.sim("update", raw=json.dumps(update))
    assert await stage.ok("getUpdates", offset=beyond) == [update]
    assert await stage.ok("getUpdates", offset=beyond) == []


async def test_a_broken_raw_text_breaks_the_answer(stage: Stage) -> None:
    await stage.sim("update", raw="{broken")
    answer = await stage.call("getUpdates")
    with pytest.raises(json.JSONDecodeError):
        answer.json()


async def test_a_world_outlives_its_server(stage: Stage) -> None:
    world = World(MovableClock(FrozenClock(WEDNESDAY_NOON)))
    async with serve(world) as root, httpx.AsyncClient(base_url=root) as http:
        person = (await http.post("/sim/people", json={})).json()["id"]
        await http.post("/sim/say", json={"person": person, "text": "kept"})
        port = int(root.rpartition(":")[2])
    async with serve(world, port=port) as root, httpx.AsyncClient(base_url=root) as http:
        answer = await http.get("/bot1:sandbox/getUpdates?timeout=5")
    assert texts(answer.json()["result"]) == ["kept"]
    assert root.endswith(f":{port}")


async def test_a_stopping_server_lets_polls_go(stage: Stage) -> None:
    world = World(MovableClock(FrozenClock(WEDNESDAY_NOON)))
    async with asyncio.TaskGroup() as tasks, httpx.AsyncClient(timeout=60) as http:
        async with serve(world) as root:
            poll = tasks.create_task(http.get(f"{root}/bot1:sandbox/getUpdates?timeout=50"))
            while "getUpdates" not in (await http.get(f"{root}/sim/requests")).json()["methods"]:
                continue
        assert (await poll).json() == {"ok": True, "result": []}


async def test_a_stopping_server_ends_the_streams_of_events() -> None:
    world = World(MovableClock(FrozenClock(WEDNESDAY_NOON)))
    async with httpx.AsyncClient(timeout=60) as http, asyncio.TaskGroup() as tasks:
        async with serve(world) as root:
            stream = await http.send(http.build_request("GET", f"{root}/sim/events"), stream=True)
            rest = tasks.create_task(stream.aread())
        assert await rest == b": hello\n\n"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.com"])  # noqa: S104
async def test_only_loopback_is_served(host: str) -> None:
    world = World(MovableClock())
    with pytest.raises(ValueError, match="loopback"):
        async with serve(world, host=host):
            raise AssertionError("served")

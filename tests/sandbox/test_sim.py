import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from bot.sandbox.timekeeper import resolve
from tests.sandbox.conftest import WEDNESDAY_NOON, Stage

KEYS = {
    "inline_keyboard": [
        [{"text": "Yes", "callback_data": "y"}, {"text": "No", "callback_data": "n"}],
        [
            {"text": "Page", "url": "https://a.example/"},
            {"text": "Number", "copy_text": {"text": "988"}},
        ],
    ]
}


async def asked(stage: Stage) -> tuple[int, int]:
    """A person and the number of a message with buttons."""
    person = await stage.person()
    sent = await stage.ok("sendMessage", chat_id=person, text="Well?", reply_markup=KEYS)
    return person, sent["message_id"]


async def test_people_are_invented_with_names_languages_and_numbers(stage: Stage) -> None:
    made = await stage.sim("people", name="Ann", language="de", id=5)
    assert made == {"id": 5, "name": "Ann", "language": "de", "blocked": False}
    other = await stage.sim("people")
    assert (await stage.look("people"))["people"] == [made, other]
    again = await stage.http.post("/sim/people", json={"id": 5})
    assert (again.status_code, list(again.json())) == (409, ["error"])


async def test_what_a_person_says_reaches_the_bot_as_telegram_sends_it(stage: Stage) -> None:
    person = await stage.person(said=None, name="Ann", language="de")
    said = await stage.sim("say", person=person, text=" /start x\u2028 ")
    (update,) = await stage.ok("getUpdates")
    assert update == {
        "update_id": said["update_id"],
        "message": {
            "message_id": said["message_id"],
            "from": {"id": person, "is_bot": False, "first_name": "Ann", "language_code": "de"},
            "chat": {"id": person, "type": "private", "first_name": "Ann"},
            "date": int(WEDNESDAY_NOON.timestamp()),
            "text": "/start x",
            "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
        },
    }


async def test_raw_fields_make_any_kind_of_message(stage: Stage) -> None:
    person = await stage.person(said=None)
    voice = {"file_id": "v", "file_unique_id": "v", "duration": 3}
    await stage.sim("send", person=person, message={"voice": voice, "caption": "listen"})
    (update,) = await stage.ok("getUpdates")
    assert update["message"]["voice"] == voice
    assert "text" not in update["message"]
    (shown,) = (await stage.look(f"messages?person={person}"))["messages"]
    assert (shown["text"], shown["voice"]) == ("listen", True)


async def test_a_person_can_edit_what_they_said(stage: Stage) -> None:
    person = await stage.person("helo")
    await stage.sim("edit", person=person, message_id=1, text="hello")
    edited = (await stage.ok("getUpdates"))[-1]["edited_message"]
    assert (edited["text"], edited["message_id"]) == ("hello", 1)
    assert edited["edit_date"] == edited["date"]


@pytest.mark.parametrize(
    "press", [{"data": "n"}, {"text": "No"}, {"row": 0, "column": 1}], ids="-".join
)
async def test_a_tap_reaches_the_bot_as_a_callback_query(
    stage: Stage, press: dict[str, Any]
) -> None:
    person, number = await asked(stage)
    tapped = await stage.sim("tap", person=person, message_id=number, **press)
    query = (await stage.ok("getUpdates"))[-1]["callback_query"]
    assert (query["id"], query["data"]) == (tapped["callback_query_id"], "n")
    assert query["message"]["text"] == "Well?"
    assert query["from"]["id"] == person


async def test_links_and_copies_do_not_reach_the_bot(stage: Stage) -> None:
    person, number = await asked(stage)
    tap = {"person": person, "message_id": number}
    assert await stage.sim("tap", **tap, text="Page") == {"url": "https://a.example/"}
    assert await stage.sim("tap", **tap, text="Number") == {"copied": "988"}
    assert len(await stage.ok("getUpdates")) == 1


async def test_a_button_that_is_gone_can_be_pressed_only_by_force(stage: Stage) -> None:
    person, number = await asked(stage)
    await stage.ok("editMessageText", chat_id=person, message_id=number, text="Thanks")
    tap = {"person": person, "message_id": number, "data": "y"}
    answer = await stage.http.post("/sim/tap", json=tap)
    assert (answer.status_code, answer.json()) == (409, {"error": "no such button"})
    await stage.sim("tap", **tap, force=True)
    await stage.sim("delete", person=person, message_id=number)
    await stage.sim("tap", **tap, force=True)
    late, gone = [each["callback_query"] for each in (await stage.ok("getUpdates"))[-2:]]
    assert late["message"]["text"] == "Thanks"
    assert gone["message"] == {"chat": late["message"]["chat"], "message_id": number, "date": 0}


async def test_a_tap_on_a_reply_keyboard_says_its_label(stage: Stage) -> None:
    person = await stage.person()
    keyboard = {"keyboard": [["Help now", {"text": "More"}]]}
    sent = await stage.ok("sendMessage", chat_id=person, text="x", reply_markup=keyboard)
    assert "reply_markup" not in sent
    await stage.sim("tap", person=person, message_id=sent["message_id"], text="Help now")
    assert (await stage.ok("getUpdates"))[-1]["message"]["text"] == "Help now"
    shown = (await stage.look(f"messages?person={person}&after=1"))["messages"][0]
    assert shown["keyboard"] == [[{"text": "Help now"}, {"text": "More"}]]


async def test_blocking_tells_the_bot_and_silences_both_sides(stage: Stage) -> None:
    person = await stage.person()
    await stage.sim("block", person=person, blocked=True)
    await stage.sim("block", person=person, blocked=True)
    said = await stage.http.post("/sim/say", json={"person": person, "text": "x"})
    assert said.status_code == 409
    await stage.sim("block", person=person, blocked=False)
    updates = (await stage.ok("getUpdates"))[1:]
    assert [each["my_chat_member"]["new_chat_member"]["status"] for each in updates] == [
        "kicked",
        "member",
    ]


async def test_messages_show_what_is_new_or_changed(stage: Stage) -> None:
    person, number = await asked(stage)
    first = await stage.look(f"messages?person={person}")
    assert [each["from"] for each in first["messages"]] == ["person", "bot"]
    assert first["messages"][1]["buttons"][1] == [
        {"text": "Page", "url": "https://a.example/"},
        {"text": "Number", "copy": "988"},
    ]
    after = first["seq"]
    assert (await stage.look(f"messages?person={person}&after={after}"))["messages"] == []
    await stage.ok("editMessageText", chat_id=person, message_id=number, text="<i>", entities=[])
    (changed,) = (await stage.look(f"messages?person={person}&after={after}"))["messages"]
    assert (changed["text"], changed["html"]) == ("<i>", "&lt;i&gt;")
    assert (changed["edited"], changed["deleted"], changed["buttons"]) == (True, False, [])
    await stage.ok("deleteMessage", chat_id=person, message_id=number)
    latest = (await stage.look(f"messages?person={person}"))["messages"]
    assert [(each["message_id"], each["deleted"]) for each in latest] == [(1, False), (2, True)]


async def test_toasts_are_shown_once_to_whom_they_are_for(stage: Stage) -> None:
    person, number = await asked(stage)
    other = await stage.person()
    tapped = await stage.sim("tap", person=person, message_id=number, data="y")
    answer = {"callback_query_id": tapped["callback_query_id"], "text": "Saved"}
    await stage.ok("answerCallbackQuery", **answer, show_alert=True)
    await stage.ok("answerCallbackQuery", **answer)
    shown = {**answer, "alert": True, "at": int(WEDNESDAY_NOON.timestamp())}
    assert await stage.look(f"toasts?person={person}") == {"toasts": [shown]}
    assert await stage.look(f"toasts?person={other}") == {"toasts": []}


async def events_of(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    async for line in answer.aiter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


async def test_events_follow_everything_that_happens(stage: Stage) -> None:
    async with stage.http.stream("GET", "/sim/events?after=0") as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        person, number = await asked(stage)
        tapped = await stage.sim("tap", person=person, message_id=number, data="y")
        await stage.ok("answerCallbackQuery", callback_query_id=tapped["callback_query_id"])
        await stage.ok("sendChatAction", chat_id=person, action="typing")
        await stage.sim("clock", by_s=60)
        await stage.sim("faults", kind="500", times=1)
        await stage.refused("getMe")
        wanted = ["person", "message", "message", "toast", "typing", "clock", "fault"]
        seen = []
        async for event in events_of(answer):
            seen.append(event)
            if len(seen) == len(wanted):
                break
    assert [event["type"] for event in seen] == wanted
    assert [event["seq"] for event in seen] == list(range(1, len(wanted) + 1))
    assert [event.get("person") for event in seen] == [person] * 5 + [None, None]


async def test_the_clock_moves_and_whoever_waits_is_told(stage: Stage) -> None:
    begin = await stage.look("clock")
    assert begin == {"now": WEDNESDAY_NOON.isoformat(), "offset_s": 0.0, "version": 1}
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(stage.look("clock?after=1"))
        await stage.look("clock")
        await stage.sim("clock", by_s=90.5)
    assert waiting.result()["offset_s"] == 90.5
    moved = await stage.sim("clock", to="2026-12-01T08:00:00+01:00")
    assert datetime.fromisoformat(moved["now"]) == datetime(2026, 12, 1, 7, tzinfo=UTC)
    moved = await stage.sim("clock", at="next sunday 18:00", person_zone="Europe/Berlin")
    assert datetime.fromisoformat(moved["now"]) == datetime(2026, 12, 6, 17, tzinfo=UTC)
    person = await stage.person()
    sent = await stage.ok("sendMessage", chat_id=person, text="x")
    assert sent["date"] == int(datetime(2026, 12, 6, 17, tzinfo=UTC).timestamp())
    assert (await stage.sim("clock", reset=True))["offset_s"] == 0


@pytest.mark.parametrize(
    ("wish", "zone", "days", "hour"),
    [
        ("tomorrow 08:00", "UTC", 1, 8),
        ("today 23:30", "UTC", 0, 23.5),
        ("next wednesday 00:00", "UTC", 7, 0),
        ("next thursday 18:00", "Europe/Berlin", 1, 17),
        ("next sunday 18:00", "America/New_York", 4, 23),
    ],
)
def test_wishes_are_resolved_in_the_persons_zone(
    wish: str, zone: str, days: int, hour: float
) -> None:
    midnight = WEDNESDAY_NOON.replace(hour=0)
    assert resolve(wish, zone, WEDNESDAY_NOON) == midnight + timedelta(days=days, hours=hour)


def test_a_wish_across_the_change_of_clocks_keeps_the_wall_time() -> None:
    friday = datetime(2027, 3, 26, 12, tzinfo=UTC)
    assert resolve("next sunday 18:00", "Europe/Berlin", friday).hour == 16


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": "someday 08:00"},
        {"at": "tomorrow 25:00"},
        {"at": "tomorrow 08:00", "person_zone": "Mars/Base"},
        {"to": "yesterday"},
        {"by_s": "1"},
        {"by_s": 1e15},
        {},
    ],
)
async def test_wrong_wishes_leave_the_clock_alone(stage: Stage, wrong: dict[str, Any]) -> None:
    answer = await stage.http.post("/sim/clock", json=wrong)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert (await stage.look("clock"))["version"] == 1


async def test_the_ledger_keeps_every_executed_send_and_edit(stage: Stage) -> None:
    person, number = await asked(stage)
    await stage.ok("editMessageText", chat_id=person, message_id=number, text="Thanks")
    await stage.refused("sendMessage", chat_id=person, text="")
    sends = (await stage.look("ledger"))["sends"]
    assert [(each["n"], each["method"], each["text"]) for each in sends] == [
        (1, "sendMessage", "Well?"),
        (2, "editMessageText", "Thanks"),
    ]
    assert sends[0]["at_s"] <= sends[1]["at_s"]
    assert (await stage.look("ledger?after=1"))["sends"] == sends[1:]
    seen = (await stage.look("requests"))["methods"]["sendMessage"]
    assert (seen["count"], seen["refused"], len(seen["at_s"])) == (2, 1, 2)


async def test_reset_forgets_the_world_but_not_its_numbers(stage: Stage) -> None:
    person, _ = await asked(stage)
    (before,) = await stage.ok("getUpdates")
    await stage.ok("setMyCommands", commands=[{"command": "start", "description": "Begin"}])
    await stage.sim("clock", by_s=60)
    await stage.sim("faults", kind="500")
    await stage.sim("reset")
    assert await stage.look("people") == {"people": []}
    assert (await stage.look("ledger"))["sends"] == []
    assert (await stage.look("clock"))["offset_s"] == 0
    assert await stage.ok("getUpdates") == []
    assert len(await stage.ok("getMyCommands")) == 1
    again = await stage.person()
    assert again == person
    (update,) = await stage.ok("getUpdates")
    assert update["update_id"] > before["update_id"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("say", {"person": 9, "text": "x"}, 404),
        ("say", {"text": "x"}, 400),
        ("say", {"person": 1001, "text": " "}, 400),
        ("say", {"person": 1001, "text": "x" * 4097}, 400),
        ("say", [1], 400),
        ("edit", {"person": 1001, "message_id": 9, "text": "x"}, 404),
        ("edit", {"person": 1001, "message_id": 2, "text": "x"}, 409),
        ("send", {"person": 1001, "message": {"message_id": 5}}, 400),
        ("send", {"person": 1001, "message": "x"}, 400),
        ("block", {"person": 1001}, 400),
        ("tap", {"person": 1001, "message_id": 2, "row": 5, "column": 0}, 409),
    ],
)
async def test_wrong_requests_get_one_line(stage: Stage, path: str, body: Any, status: int) -> None:
    await asked(stage)
    answer = await stage.http.post(f"/sim/{path}", json=body)
    assert (answer.status_code, list(answer.json())) == (status, ["error"])
    assert "\n" not in answer.json()["error"]


@pytest.mark.parametrize("path", ["messages", "messages?person=x", "messages?person=9", "files/x"])
async def test_wrong_look_ups_get_one_line(stage: Stage, path: str) -> None:
    answer = await stage.http.get(f"/sim/{path}")
    assert answer.status_code in {400, 404}
    assert list(answer.json()) == ["error"]


@pytest.mark.parametrize("path", ["/page/..%2fserver.py", "/page/none.js", "/page/../server.py"])
async def test_only_the_files_of_the_page_are_served(stage: Stage, path: str) -> None:
    assert (await stage.http.get(path)).status_code == 404

from typing import Any

import pytest

from bot.sandbox.refusals import NOT_MODIFIED, QUERY_TOO_OLD
from tests.sandbox.conftest import Stage

NO_DATA = "can't parse inline keyboard button: "


def button(**fields: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "x", **fields}]]}


@pytest.mark.parametrize(
    ("parameters", "description"),
    [
        ({"text": ""}, "message text is empty"),
        ({}, "message text is empty"),
        ({"text": " \n "}, "text must be non-empty"),
        ({"text": "<b></b>", "parse_mode": "HTML"}, "text must be non-empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "😀" * 2049}, "message is too long"),
        ({"text": "x", "parse_mode": "INVALID"}, "unsupported parse_mode"),
        ({"text": "x", "reply_markup": button(callback_data="ä" * 33)}, "BUTTON_DATA_INVALID"),
        (
            {"text": "x", "reply_markup": button(callback_data="")},
            NO_DATA + "Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"text": "x", "reply_markup": button(callback_data="a", url="https://a.example")},
            NO_DATA + "exactly one action must be used, found url and callback_data",
        ),
        (
            {"text": "x", "reply_markup": button(url="tel:+441234567")},
            "inline keyboard button URL 'tel:+441234567' is invalid: "
            "Wrong port number specified in the URL",
        ),
        (
            {"text": "x", "reply_markup": button(url="tel:988")},
            "inline keyboard button URL 'tel:988' is invalid: Wrong HTTP URL",
        ),
        (
            {"text": "x", "reply_markup": button(url="ftp://example.com")},
            "inline keyboard button URL 'ftp://example.com' is invalid: Unsupported URL protocol",
        ),
        (
            {"text": "x", "reply_markup": button(url="not-a-url")},
            "inline keyboard button URL 'not-a-url' is invalid: Wrong HTTP URL",
        ),
        (
            {"text": "x", "reply_markup": button(copy_text={"text": "9" * 257})},
            "BUTTON_COPY_TEXT_INVALID",
        ),
        (
            {"text": "x", "reply_markup": button(web_app={"url": "https://a.example"})},
            "the sandbox does not emulate inline keyboard buttons with web_app",
        ),
        (
            {
                "text": "x",
                "reply_markup": {
                    "inline_keyboard": [[{"text": "x", "callback_data": "x"}] * 8] * 13
                },
            },
            "reply markup is too long",
        ),
        ({"text": "x", "reply_markup": {"keyboard": 5}}, 'field "keyboard" must be of type Array'),
        (
            {"text": "x", "reply_markup": {"force_reply": "yes"}},
            'field "force_reply" must be of type Boolean',
        ),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[{"callback_data": "x"}]]}},
            NO_DATA + 'Can\'t find field "text"',
        ),
        ({"text": "x", "reply_parameters": {"quote": "x"}}, 'can\'t find field "message_id"'),
        ({"text": "x", "reply_markup": [1]}, "object expected as reply markup"),
        (
            {"text": "x", "reply_markup": "{"},
            "can't parse reply markup JSON object",
        ),
        (
            {"text": "x", "reply_parameters": {"message_id": 999}},
            "message to be replied not found",
        ),
        (
            {"text": "hello", "entities": [{"type": "bold", "offset": 100, "length": 1}]},
            "entity begins after the end of the text at UTF-16 offset 100",
        ),
        (
            {"text": "hello", "entities": [{"type": "bold", "offset": 0, "length": 100}]},
            "entity beginning at UTF-16 offset 0 ends after the end of the text "
            "at UTF-16 offset 100",
        ),
        (
            {"text": "hello", "entities": [{"type": "wrong", "offset": 0, "length": 1}]},
            "can't parse MessageEntity: Unsupported type specified",
        ),
    ],
)  # fmt: skip
async def test_send_message_is_refused_in_telegrams_words(
    stage: Stage, parameters: dict[str, Any], description: str
) -> None:
    person = await stage.person()
    assert await stage.refused("sendMessage", chat_id=person, **parameters) == (
        400,
        f"Bad Request: {description}",
    )
    assert (await stage.look("ledger"))["sends"] == []


async def test_a_text_of_exactly_4096_units_passes(stage: Stage) -> None:
    person = await stage.person()
    sent = await stage.ok("sendMessage", chat_id=person, text="😀" * 2048)
    assert sent["text"] == "😀" * 2048


@pytest.mark.parametrize(
    ("chat_id", "description"),
    [(None, "chat_id is empty"), ("", "chat_id is empty"), (0, "chat not found"),
     ("@nobody_at_all", "chat not found"), ("not_a_chat", "chat not found")],
)  # fmt: skip
async def test_unknown_chats_are_refused(stage: Stage, chat_id: Any, description: str) -> None:
    given = {} if chat_id is None else {"chat_id": chat_id}
    assert await stage.refused("sendMessage", text="x", **given) == (
        400,
        f"Bad Request: {description}",
    )


async def test_the_bot_cannot_write_first(stage: Stage) -> None:
    person = await stage.person(said=None)
    refused = await stage.refused("sendMessage", chat_id=person, text="x")
    assert refused == (400, "Bad Request: chat not found")
    await stage.sim("say", person=person, text="/start")
    await stage.ok("sendMessage", chat_id=person, text="x")


async def test_who_blocked_the_bot_gets_nothing(stage: Stage) -> None:
    person = await stage.person()
    await stage.sim("block", person=person, blocked=True)
    refused = await stage.refused("sendMessage", chat_id=person, text="x")
    assert refused == (403, "Forbidden: bot was blocked by the user")
    await stage.sim("block", person=person, blocked=False)
    await stage.ok("sendMessage", chat_id=person, text="x")


async def test_a_deleted_account_gets_nothing(stage: Stage) -> None:
    person = await stage.person()
    await stage.sim("block", person=person, deactivated=True)
    refused = await stage.refused("sendMessage", chat_id=person, text="x")
    assert refused == (403, "Forbidden: user is deactivated")


async def test_edits_are_refused_when_nothing_changes_or_nothing_is_there(stage: Stage) -> None:
    person = await stage.person()
    keys = button(callback_data="a")
    sent = await stage.ok("sendMessage", chat_id=person, text="one", reply_markup=keys)
    number = sent["message_id"]

    async def edit(message_id: int, text: str, markup: dict[str, Any]) -> tuple[int, str]:
        return await stage.refused(
            "editMessageText", chat_id=person, message_id=message_id, text=text, reply_markup=markup
        )

    assert await edit(number, "one", keys) == (400, f"Bad Request: {NOT_MODIFIED}")
    assert await edit(999, "two", keys) == (400, "Bad Request: message to edit not found")
    assert await edit(1, "two", keys) == (400, "Bad Request: message can't be edited")
    changed = await stage.ok("editMessageText", chat_id=person, message_id=number, text="one")
    assert "reply_markup" not in changed


async def test_a_press_can_be_answered_for_150_seconds(stage: Stage) -> None:
    person = await stage.person()
    keys = button(callback_data="a")
    sent = await stage.ok("sendMessage", chat_id=person, text="one", reply_markup=keys)
    press = {"person": person, "message_id": sent["message_id"], "data": "a"}
    in_time, late = await stage.sim("tap", **press), await stage.sim("tap", **press)
    await stage.sim("clock", by_s=150)
    await stage.ok("answerCallbackQuery", callback_query_id=in_time["callback_query_id"])
    await stage.sim("clock", by_s=1)
    too_old = (400, f"Bad Request: {QUERY_TOO_OLD}")
    query_id = late["callback_query_id"]
    assert await stage.refused("answerCallbackQuery", callback_query_id=query_id) == too_old
    assert await stage.refused("answerCallbackQuery", callback_query_id="none") == too_old


async def test_toasts_are_at_most_200_units(stage: Stage) -> None:
    person = await stage.person()
    press = await stage.sim("tap", person=person, message_id=1, data="a", force=True)
    refused = await stage.refused(
        "answerCallbackQuery", callback_query_id=press["callback_query_id"], text="x" * 201
    )
    assert refused == (400, "Bad Request: MESSAGE_TOO_LONG")


async def test_messages_older_than_48_hours_cannot_be_deleted(stage: Stage) -> None:
    person = await stage.person()
    sent = await stage.ok("sendMessage", chat_id=person, text="one")
    await stage.sim("clock", by_s=48 * 3600 + 1)
    refused = await stage.refused("deleteMessage", chat_id=person, message_id=sent["message_id"])
    assert refused == (400, "Bad Request: message can't be deleted for everyone")


@pytest.mark.parametrize(
    ("method", "code", "description"),
    [
        ("doesNotExist", 404, "Not Found: method not found"),
        ("sendPoll", 501, "Not Implemented: the sandbox does not emulate sendPoll"),
        ("setMyCommands", 400, 'Bad Request: parameter "commands" is required'),
    ],
)
async def test_unknown_missing_and_incomplete_methods_say_so(
    stage: Stage, method: str, code: int, description: str
) -> None:
    assert await stage.refused(method) == (code, description)


async def test_wrong_types_are_refused_and_unknown_parameters_are_recorded(stage: Stage) -> None:
    person = await stage.person()
    refused = await stage.refused("editMessageText", chat_id=person, message_id="x", text="x")
    assert refused == (400, 'Bad Request: parameter "message_id" must be of type Integer')
    await stage.ok("sendMessage", chat_id=str(person), text="x", mispelled="x")
    seen = (await stage.look("requests?method=sendMessage"))["methods"]["sendMessage"]
    assert seen["unknown_parameters"] == ["mispelled"]
    assert (seen["count"], seen["refused"]) == (1, 0)


async def test_query_string_form_and_json_are_read_alike(stage: Stage) -> None:
    person = await stage.person()
    fields = {"chat_id": str(person), "text": "ü & +", "protect_content": "true"}
    address = "/bot1:sandbox/SENDMESSAGE"
    answers = [
        await stage.http.get(address, params=fields),
        await stage.http.post(address, data=fields),
        await stage.http.post(address, json=fields),
        await stage.http.post(address, data=fields, files={"unused": b"x"}),
    ]
    for answer in answers:
        assert answer.json()["result"]["text"] == "ü & +"
        assert answer.json()["result"]["has_protected_content"] is True


@pytest.mark.parametrize(
    "body", [b"{", b"[1]", b'{"chat_id": 1, "text": "\\ud800"}'], ids=["broken", "list", "half"]
)
async def test_broken_json_is_a_bad_request(stage: Stage, body: bytes) -> None:
    answer = await stage.http.post(
        "/bot1:sandbox/sendMessage", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.json()["description"].startswith("Bad Request: ")

"""Whatever a bot sends, the sandbox answers it or refuses it; it never falls over."""

from collections.abc import Callable
from html import escape
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.clock import FrozenClock, MovableClock
from bot.sandbox import World, serve
from bot.sandbox.chats import Post
from bot.sandbox.html_reader import read_html
from bot.sandbox.methods import GET_UPDATES, HANDLERS
from bot.sandbox.parameters import coerce, load_table
from bot.sandbox.refusals import Refused
from bot.sandbox.views import post_view
from tests.sandbox.conftest import WEDNESDAY_NOON, Stage

TABLE = load_table()
ODD_TEXT = st.sampled_from(
    ["", " ", "1", "1001", "-5", "9" * 5000, "x", "HTML", "<b>x</b>", "{", "[]", "{}", "null",
     "[[1]]", '{"inline_keyboard": [[{}]]}', '{"keyboard": [[{}]]}', '{"message_id": 1}',
     "attach://x", "https://a.example"]
)  # fmt: skip
ODD_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 1100) | st.floats(allow_nan=False) | ODD_TEXT,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "text",
                    "url",
                    "callback_data",
                    "copy_text",
                    "inline_keyboard",
                    "keyboard",
                    "type",
                    "offset",
                    "length",
                    "command",
                    "description",
                    "message_id",
                    "emoji",
                    "chat_id",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
CALLED = sorted(HANDLERS.keys() - {GET_UPDATES})


def refusal_of(act: Callable[[], object]) -> Refused | None:
    try:
        act()
    except Refused as refused:
        return refused
    return None


def world_with_a_person() -> World:
    world = World(MovableClock(FrozenClock(WEDNESDAY_NOON)))
    person = world.people.add("Ann", "en", 1001)
    world.post_of_person(person, {"text": "hello"})
    world.post_of_bot(person, {"text": "hello"}, None)
    return world


@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_odd_values_are_answered_or_refused(data: st.DataObject) -> None:
    method = data.draw(st.sampled_from(CALLED))
    names = list(TABLE[method])
    raw: dict[str, Any] = {}
    if names:
        raw = data.draw(st.dictionaries(st.sampled_from(names), ODD_JSON, max_size=len(names)))
    if "chat_id" in names:
        raw["chat_id"] = 1001
    world = world_with_a_person()
    refused = refusal_of(lambda: HANDLERS[method](world, coerce(method, TABLE[method], raw, {})))
    assert refused is None or 400 <= refused.code < 500
    for post in world.chats[1001].changed_after(0):
        assert post_view(post)["html"] is not None


@settings(deadline=None, max_examples=500)
@given(st.text("<>/ab=\"'&#;x1 \näspn-tg", max_size=40))
def test_any_html_is_read_or_refused(source: str) -> None:
    refused = refusal_of(lambda: read_html(source))
    if refused is not None:
        assert refused.description.startswith("Bad Request: can't parse entities: ")
        return
    text, entities = read_html(source)
    assert text.count("<") <= source.count("&")
    for entity in entities:
        assert entity["offset"] >= 0
        assert entity["length"] > 0


@settings(deadline=None)
@given(st.lists(ODD_JSON, max_size=4), st.text(max_size=20))
def test_any_entities_of_a_raw_message_can_be_shown(entities: list[Any], text: str) -> None:
    body = {"message_id": 1, "date": 0, "text": text, "entities": entities, "photo": entities}
    assert post_view(Post(body=body, from_bot=False))["text"] == text


def test_every_method_is_in_the_table_of_the_documentation() -> None:
    assert HANDLERS.keys() <= TABLE.keys()


@pytest.mark.parametrize("body", [b"", b"null", b"--x\r\n", b"\xff\xfe"])
@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x",
                                  "multipart/form-data", "text/plain", ""])  # fmt: skip
async def test_odd_bodies_are_refused_in_json(stage: Stage, body: bytes, kind: str) -> None:
    answer = await stage.http.post(
        "/bot1:sandbox/sendMessage", content=body, headers={"Content-Type": kind}
    )
    assert answer.status_code == 400
    assert answer.json()["error_code"] == 400


async def test_a_callers_own_error_comes_out_as_it_is() -> None:
    with pytest.raises(KeyError, match="mine"):
        async with serve(World(MovableClock())):
            raise KeyError("mine")


def test_escaping_is_all_that_a_text_needs() -> None:
    assert read_html(escape("<b>&amp;\"'</b>"))[0] == "<b>&amp;\"'</b>"

import asyncio
import io
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from bot.clock import FrozenClock, MovableClock
from bot.sandbox import World, serve
from bot.sandbox.people import FIRST_PERSON_ID
from bot.sandbox.terminal import talk
from tests.sandbox.conftest import WEDNESDAY_NOON, Stage
from tests.sandbox.page_steps import next_update


class Screen(io.StringIO):
    """What the terminal has written, and a bell for those who wait for words."""

    def __init__(self) -> None:
        super().__init__()
        self.news = asyncio.Event()

    def write(self, text: str) -> int:
        self.news.set()
        return super().write(text)

    async def shows(self, words: str) -> None:
        """Wait until the words stand on the screen."""
        async with asyncio.timeout(20):
            while words not in self.getvalue():
                self.news.clear()
                await self.news.wait()


@dataclass
class Desk:
    """A person at the terminal: types into a pipe, reads the screen."""

    typing_fd: int
    screen: Screen = field(default_factory=Screen)

    def type(self, line: str) -> None:
        os.write(self.typing_fd, f"{line}\n".encode())


class Sitting:
    """A terminal that runs beside the test, over a pipe that is closed at the end."""

    def __init__(self, root: str) -> None:
        self._root = root

    async def __aenter__(self) -> Desk:
        source, self._typing_fd = os.pipe()
        self._source = source
        desk = Desk(self._typing_fd)
        self._tasks = asyncio.TaskGroup()
        await self._tasks.__aenter__()
        self.running = self._tasks.create_task(talk(self._root, source, desk.screen))
        await desk.screen.shows(":quit")
        return desk

    async def __aexit__(self, *failure: Any) -> None:
        os.close(self._typing_fd)
        await self._tasks.__aexit__(*failure)
        assert self.running.result() == 0
        os.close(self._source)


@pytest.fixture
async def desk(stage: Stage) -> AsyncIterator[Desk]:
    async with Sitting(stage.root) as desk:
        yield desk


async def started(stage: Stage, desk: Desk) -> int:
    """The person at the desk has said /start; gives their id."""
    desk.type("/start")
    person: int = (await next_update(stage, "message"))["from"]["id"]
    return person


def keys(*labels: str) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": each, "callback_data": each} for each in labels]]}


async def test_the_banner_stands_first(desk: Desk) -> None:
    first, second, *_ = desk.screen.getvalue().splitlines()
    assert first == "Local simulator: nothing here reaches Telegram or any person."
    assert second == "If you are in danger yourself, call your emergency number now."


async def test_a_line_is_said_and_the_answer_is_shown(stage: Stage, desk: Desk) -> None:
    person = await started(stage, desk)
    await stage.ok("sendMessage", chat_id=person, text="Hello.\nHow is it?")
    await desk.screen.shows("Bot: Hello.\nHow is it?")


async def test_a_number_presses_that_button(stage: Stage, desk: Desk) -> None:
    person = await started(stage, desk)
    await stage.ok("sendMessage", chat_id=person, text="How?", reply_markup=keys("a", "b", "c"))
    await desk.screen.shows("[1] a   [2] b   [3] c")
    desk.type("3")
    query = await next_update(stage, "callback_query")
    assert query["data"] == "c"
    await stage.ok("answerCallbackQuery", callback_query_id=query["id"], text="Noted.")
    await desk.screen.shows("-- Noted.")


@pytest.mark.parametrize("line", [" 1", "2"], ids=["after a space", "no such button"])
async def test_a_number_that_is_no_press_is_said(stage: Stage, desk: Desk, line: str) -> None:
    person = await started(stage, desk)
    await stage.ok("sendMessage", chat_id=person, text="How?", reply_markup=keys("a"))
    await desk.screen.shows("[1] a")
    desk.type(line)
    said = await next_update(stage, "message")
    assert (said["from"]["id"], said["text"]) == (person, line.strip())


async def test_an_edit_is_shown_as_a_change(stage: Stage, desk: Desk) -> None:
    person = await started(stage, desk)
    sent = await stage.ok("sendMessage", chat_id=person, text="One", reply_markup=keys("a"))
    await desk.screen.shows("[1] a")
    where = {"chat_id": person, "message_id": sent["message_id"]}
    await stage.ok("editMessageText", **where, text="Two")
    await desk.screen.shows("Bot (changed): Two")


async def test_a_number_to_copy_and_an_address_are_spelled_out(stage: Stage, desk: Desk) -> None:
    person = await started(stage, desk)
    number = {"text": "Copy", "copy_text": {"text": "112"}}
    address = {"text": "Open", "url": "https://example.org/"}
    markup = {"inline_keyboard": [[number], [address]]}
    await stage.ok("sendMessage", chat_id=person, text="Call", reply_markup=markup)
    await desk.screen.shows("[2] Open")
    desk.type("1")
    desk.type("2")
    await desk.screen.shows("To copy: 112")
    await desk.screen.shows("Open in a browser: https://example.org/")


@pytest.mark.parametrize(
    ("line", "moment"),
    [
        (":+1h", "2026-11-25T13:00"),
        (":+1d", "2026-11-26T12:00"),
        (":at tomorrow 08:00", "2026-11-26T07:00"),
        (":at next sunday 18:00", "2026-11-29T17:00"),
    ],
)
async def test_the_clock_is_moved(
    stage: Stage, desk: Desk, line: str, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    desk.type(line)
    await desk.screen.shows(f"The clock shows {moment} UTC")
    assert (await stage.look("clock"))["now"].startswith(moment)
    desk.type(":now")
    await desk.screen.shows("The clock shows 2026-11-25T12:00 UTC")


async def test_what_cannot_be_carried_out_is_said_and_does_not_end_the_talk(
    stage: Stage, desk: Desk
) -> None:
    desk.type(":at someday")
    await desk.screen.shows('-- "at" is')
    await started(stage, desk)


async def test_quit_ends_it(stage: Stage) -> None:
    source, typing_fd = os.pipe()
    os.write(typing_fd, b":quit\nnever said\n")
    assert await talk(stage.root, source, Screen()) == 0
    os.close(typing_fd)
    os.close(source)
    assert await stage.ok("getUpdates") == []


async def test_a_sandbox_that_is_not_there_is_said(unused_tcp_port: int) -> None:
    screen = Screen()
    source, typing_fd = os.pipe()
    assert await talk(f"http://127.0.0.1:{unused_tcp_port}", source, screen) == 1
    os.close(typing_fd)
    os.close(source)
    assert "does not answer" in screen.getvalue()


def world_at(moment: datetime) -> World:
    return World(MovableClock(FrozenClock(moment)))


async def test_it_comes_back_after_a_restart_on_the_same_port() -> None:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(AsyncExitStack())
        root = await first.enter_async_context(serve(world_at(WEDNESDAY_NOON)))
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=root))
        desk = await stack.enter_async_context(Sitting(root))
        await desk.screen.shows("You are Sam.")
        desk.type("old words")
        await desk.screen.shows("You: old words")
        await first.aclose()
        port = int(root.rpartition(":")[2])
        later = world_at(WEDNESDAY_NOON + timedelta(seconds=1))
        await stack.enter_async_context(serve(later, port=port))
        # Refused if the terminal was faster and has made the first person itself.
        await http.post("/sim/people", json={"id": FIRST_PERSON_ID, "name": "Robin"})
        await http.post("/sim/say", json={"person": FIRST_PERSON_ID, "text": "new words"})
        await desk.screen.shows("You: new words")


async def test_it_runs_as_a_program_and_ends_with_its_input(stage: Stage) -> None:
    code = (
        "import asyncio; from bot.sandbox.terminal import talk; "
        f"raise SystemExit(asyncio.run(talk({stage.root!r})))"
    )
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await program.communicate(b"from a pipe, without a last line end")
    assert (program.returncode, errors) == (0, b"")
    assert b"You are Sam." in out
    assert (await next_update(stage, "message"))["text"] == "from a pipe, without a last line end"

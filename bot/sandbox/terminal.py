"""A line client for the sandbox, for those without a browser."""

import asyncio
import codecs
import contextlib
import json
import os
import re
import sys
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any, TextIO

import httpx

BANNER = (
    "Local simulator: nothing here reaches Telegram or any person.\n"
    "If you are in danger yourself, call your emergency number now."
)
HELP = (
    "Write and press Enter. A number alone presses that button; put a space before it to say it.\n"
    ":+1h :+30m :+1d  move the clock     :at tomorrow 08:00   :at next sunday 18:00\n"
    ":now  back to real time             :help  these lines   :quit  leave"
)
FIRST_NAME = "Sam"
# Real seconds between attempts to reach a sandbox that is being restarted.
FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 5.0
_READ_BYTES = 4_096
_SPAN = re.compile(r"([+-]\d+)\s*([smhd])")
_SPAN_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}

Json = dict[str, Any]


async def talk(base_url: str, source: int | None = None, out: TextIO | None = None) -> int:
    """Talk until the input ends or ":quit"; returns 0, or 1 if the sandbox does not answer.

    `base_url` as given by `serve`; `source` is a file descriptor, by default standard input.
    """
    fd = sys.stdin.fileno() if source is None else source
    async with httpx.AsyncClient(base_url=base_url, timeout=20) as http:
        terminal = Terminal(http, out or sys.stdout)
        try:
            await terminal.begin()
        except httpx.TransportError:
            terminal.show(f"The sandbox does not answer at {base_url}.")
            return 1
        async with asyncio.TaskGroup() as tasks:
            following = tasks.create_task(terminal.follow())
            async for line in lines_of(fd):
                if not await terminal.take(line):
                    break
            following.cancel()
    return 0


async def lines_of(fd: int) -> AsyncIterator[str]:
    """Lines of a file descriptor, without their ends; the loop goes on meanwhile.

    Read in a thread, since not every kind of input can be waited for by the loop; by os.read,
    since a buffered file would keep its lock at exit.
    """
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue()

    def hand_over(line: str | None) -> None:
        # The loop may be over before the input is.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(lines.put_nowait, line)

    threading.Thread(target=_read, args=(fd, hand_over), daemon=True).start()
    while (line := await lines.get()) is not None:
        yield line


def _read(fd: int, hand_over: Callable[[str | None], None]) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    while True:
        try:
            piece = os.read(fd, _READ_BYTES)
        except OSError:
            piece = b""
        *whole, rest = (rest + decoder.decode(piece, final=not piece)).split("\n")
        for line in whole:
            hand_over(line.removesuffix("\r"))
        if not piece:
            break
    if rest:
        hand_over(rest)
    hand_over(None)


class Terminal:
    """One person's chat as plain lines."""

    def __init__(self, http: httpx.AsyncClient, out: TextIO) -> None:
        self._http = http
        self._out = out
        self._person = 0
        self._seq = 0
        self._seen_toasts: set[str] = set()
        self._shown: dict[tuple[int, int], str] = {}
        # What the numbers stand for: message, row, column, and the button itself.
        self._buttons: list[tuple[int, int, int, Json]] = []
        self._reading = asyncio.Lock()

    def show(self, text: str) -> None:
        """Print lines at once."""
        self._out.write(text + "\n")
        self._out.flush()

    async def begin(self) -> None:
        """Show banner and help, and take the first person; there is one afterwards."""
        self.show(f"{BANNER}\n\n{HELP}\n")
        await self._enter()

    async def _enter(self) -> None:
        people: list[Json] = (await self._get("people"))["people"]
        if not people:
            await self._post("people", name=FIRST_NAME)
            # Read again: somebody else may have added the first person meanwhile.
            people = (await self._get("people"))["people"]
        if all(person["id"] != self._person for person in people):
            self._person = people[0]["id"]
            self.show(f"You are {people[0]['name']}. Write /start to begin.")
        # From the start: a restarted sandbox counts anew, so an old number would hide messages.
        self._seq = 0
        await self._read_messages()

    async def follow(self) -> None:
        """Show what happens, and come back by itself after a restart of the sandbox."""
        wait_s = FIRST_WAIT_S
        while True:
            try:
                async with self._http.stream("GET", "/sim/events", timeout=None) as answer:
                    await self._enter()
                    wait_s = FIRST_WAIT_S
                    async for line in answer.aiter_lines():
                        if line.startswith("data: "):
                            await self._happened(json.loads(line.removeprefix("data: ")))
            except httpx.HTTPError:
                wait_s = min(wait_s * 2, LONGEST_WAIT_S)
            await asyncio.sleep(wait_s)

    async def _happened(self, event: Json) -> None:
        if event["type"] == "clock":
            self.show(f"-- The clock shows {(await self._get('clock'))['now'][:16]} UTC")
        elif event["type"] == "person":
            await self._enter()
        elif event.get("person") == self._person and event["type"] == "message":
            await self._read_messages()
        elif event.get("person") == self._person and event["type"] == "toast":
            await self._read_toasts()

    async def _read_messages(self) -> None:
        async with self._reading:
            news = await self._get("messages", person=self._person, after=self._seq)
            self._seq = news["seq"]
            for message in news["messages"]:
                self._show_message(message)

    def _show_message(self, message: Json) -> None:
        number = message["message_id"]
        self._buttons = [each for each in self._buttons if each[0] != number]
        # With its date, since a restarted sandbox gives the same numbers again.
        key = (number, message["date"])
        if message["deleted"]:
            if self._shown.pop(key, None) is not None:
                self.show("(a message was deleted)")
            return
        content = "\n".join([*_content(message), *self._numbered(message)])
        if self._shown.get(key) == content:
            return
        who = "Bot" if message["from"] == "bot" else "You"
        changed = " (changed)" if key in self._shown else ""
        self._shown[key] = content
        self.show(f"\n{who}{changed}: {content}")

    def _numbered(self, message: Json) -> list[str]:
        """Rows of buttons with their numbers; only the message shown last has numbers."""
        rows: list[list[Json]] = message["buttons"]
        if not rows:
            return []
        self._buttons.clear()
        lines = []
        for r, row in enumerate(rows):
            names = []
            for c, button in enumerate(row):
                self._buttons.append((message["message_id"], r, c, button))
                names.append(f"[{len(self._buttons)}] {button['text']}")
            lines.append("   ".join(names))
        return lines

    async def _read_toasts(self) -> None:
        for toast in (await self._get("toasts", person=self._person))["toasts"]:
            if toast["callback_query_id"] not in self._seen_toasts and toast["text"]:
                self.show(f"{'!!' if toast['alert'] else '--'} {toast['text']}")
            self._seen_toasts.add(toast["callback_query_id"])

    async def take(self, line: str) -> bool:
        """Carry out a line; says whether to go on."""
        words = line.strip()
        try:
            if words == ":quit":
                return False
            if words.startswith(":"):
                await self._command(words[1:].strip())
            elif line.isdecimal() and 1 <= int(line) <= len(self._buttons):
                await self._press(int(line))
            elif words:
                await self._post("say", person=self._person, text=words)
        except httpx.HTTPStatusError as error:
            self.show(f"-- {_reason(error.response)}")
        except httpx.TransportError:
            self.show("-- The sandbox does not answer just now.")
        return True

    async def _press(self, number: int) -> None:
        message_id, row, column, button = self._buttons[number - 1]
        if "url" in button:
            self.show(f"-- Open in a browser: {button['url']}")
        elif "copy" in button:
            self.show(f"-- To copy: {button['copy']}")
        else:
            place = {"message_id": message_id, "row": row, "column": column}
            await self._post("tap", person=self._person, **place)

    async def _command(self, command: str) -> None:
        span = _SPAN.fullmatch(command)
        if span is not None:
            await self._post("clock", by_s=int(span[1]) * _SPAN_S[span[2]])
        elif command.startswith("at "):
            wish = {"person_zone": _own_zone(), "at": command.removeprefix("at ").strip().lower()}
            await self._post("clock", **wish)
        elif command == "now":
            await self._post("clock", reset=True)
        else:
            self.show(HELP)

    async def _get(self, path: str, **query: int) -> Json:
        answer = await self._http.get(f"/sim/{path}", params=query)
        answer.raise_for_status()
        content: Json = answer.json()
        return content

    async def _post(self, path: str, **fields: Any) -> Json:
        answer = await self._http.post(f"/sim/{path}", json=fields)
        answer.raise_for_status()
        content: Json = answer.json()
        return content


def _content(message: Json) -> list[str]:
    """Text and files of a message as lines."""
    lines = [message["text"]] if message["text"] else []
    if "photo" in message:
        lines.append("(a picture)")
    if "document" in message:
        lines.append(f"(a file: {message['document']['name']})")
    return lines or ["(something that is not text)"]


def _reason(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"])
    except (ValueError, KeyError, TypeError):
        return f"The sandbox said {answer.status_code}."


def _own_zone() -> str:
    """The zone of whoever types, as far as the environment names it; else UTC."""
    return os.environ.get("TZ", "").removeprefix(":") or "UTC"

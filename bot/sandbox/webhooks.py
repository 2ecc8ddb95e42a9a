"""Delivery of updates to a webhook, in the way of the real server's WebhookActor.

Updates of one chat come in order; presses of one person have a line of their own. Whatever is not
2xx is repeated with doubling delay; Retry-After is honoured. Only loopback addresses are served.
"""

import asyncio
from collections import deque
from typing import Any

import httpx

from bot.sandbox.loopback import is_loopback
from bot.sandbox.refusals import bad_request
from bot.sandbox.updates import Pending, UpdateQueue

RETRY_MAX_S = 60.0
RETRY_AFTER_MAX_S = 3600.0
ANSWER_WITHIN_S = 60.0
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
DEFAULT_CONNECTIONS = 40


class Webhook:
    """The webhook's settings and its delivery lines."""

    def __init__(self, updates: UpdateQueue, first_retry_s: float) -> None:
        self._updates = updates
        self._first_retry_s = first_retry_s
        self._lines: dict[tuple[str, int], deque[Pending]] = {}
        self._generation = 0
        self._group: asyncio.TaskGroup | None = None
        self._client: httpx.AsyncClient | None = None
        self._places = asyncio.Semaphore(DEFAULT_CONNECTIONS)
        self.url = ""
        self.secret = ""
        self.connections = DEFAULT_CONNECTIONS
        self.last_error: tuple[int, str] | None = None
        updates.on_new = self._offer

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with (
            httpx.AsyncClient(timeout=ANSWER_WITHIN_S, trust_env=False) as client,
            asyncio.TaskGroup() as group,
        ):
            self._client, self._group = client, group
            for pending in self._updates.waiting():
                self._offer(pending)
            try:
                await asyncio.Event().wait()
            finally:
                self._end_lines()
                self._client = self._group = None

    def set(self, url: str, secret: str, connections: int) -> None:
        """Begin to deliver to this address; what waits is delivered too."""
        try:
            address = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise bad_request(f"bad webhook: {error}") from error
        if address.scheme not in {"http", "https"} or not address.host:
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if not is_loopback(address.host):
            raise bad_request("bad webhook: the sandbox delivers to loopback addresses only")
        self._end_lines()
        self.url, self.secret, self.connections = url, secret, connections
        self._places = asyncio.Semaphore(connections)
        for pending in self._updates.waiting():
            self._offer(pending)

    def delete(self) -> None:
        """Stop delivering; what waits stays for getUpdates."""
        self._end_lines()
        self.url = self.secret = ""
        self.last_error = None

    def _end_lines(self) -> None:
        self._generation += 1
        self._lines.clear()

    def info(self, waiting: int, allowed: frozenset[str] | None) -> dict[str, Any]:
        """The WebhookInfo of the Bot API."""
        info: dict[str, Any] = {
            "url": self.url,
            "has_custom_certificate": False,
            "pending_update_count": waiting,
        }
        if self.url:
            info["max_connections"] = self.connections
        if self.last_error is not None:
            info["last_error_date"], info["last_error_message"] = self.last_error
        if allowed is not None:
            info["allowed_updates"] = sorted(allowed)
        return info

    def _offer(self, pending: Pending) -> None:
        if not self.url or self._group is None:
            return
        line = ("press" if pending.kind == "callback_query" else "chat", pending.chat_id)
        waiting = self._lines.get(line)
        if waiting is not None:
            waiting.append(pending)
            return
        self._lines[line] = deque([pending])
        self._group.create_task(self._serve(line, self._generation))

    async def _serve(self, line: tuple[str, int], generation: int) -> None:
        while generation == self._generation and (waiting := self._lines.get(line)):
            await self._deliver(waiting.popleft(), generation)
            if not waiting and generation == self._generation:
                self._lines.pop(line, None)

    async def _deliver(self, pending: Pending, generation: int) -> None:
        delay_s = self._first_retry_s
        while generation == self._generation and self._updates.still_waits(pending):
            async with self._places:
                asked_s = await self._attempt(pending)
            if asked_s is None:
                self._updates.settle(pending)
                return
            await asyncio.sleep(min(asked_s or delay_s, RETRY_AFTER_MAX_S))
            delay_s = min(delay_s * 2, RETRY_MAX_S)

    async def _attempt(self, pending: Pending) -> float | None:
        """None if delivered, else the wait in seconds that the receiver asked for, or 0."""
        if self._client is None:
            return 0.0
        headers = {"Content-Type": "application/json"}
        if self.secret:
            headers[SECRET_HEADER] = self.secret
        self._updates.hand_out(pending)
        try:
            answer = await self._client.post(
                self.url, content=pending.raw.encode(), headers=headers
            )
        except httpx.HTTPError as error:
            self._failed(f"Connection failed: {type(error).__name__}")
            return 0.0
        if answer.is_success:
            return None
        self._failed(f"Wrong response from the webhook: {answer.status_code}")
        asked = answer.headers.get("Retry-After", "")
        return float(asked) if asked.isascii() and asked.isdigit() else 0.0

    def _failed(self, text: str) -> None:
        self.last_error = (int(self._updates.now_s()), text)

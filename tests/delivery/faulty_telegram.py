"""A Bot API of a few lines that can fail in every way, and a real Bot that talks to it."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from telegram.error import TelegramError
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot.delivery.pace import Pace
from bot.delivery.pace_limiter import PaceLimiter, TurnArgs

PRIVATE = "I took 5 g and feel awful"
Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]

SENT_MESSAGE = {
    "ok": True,
    "result": {"message_id": 1, "date": 0, "chat": {"id": 1, "type": "private"}, "text": "x"},
}


def answer(status: int, body: str, kind: str = "application/json") -> Answer:
    async def write(writer: asyncio.StreamWriter) -> None:
        head = (
            f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {len(body.encode())}"
        )
        writer.write(f"{head}\r\nconnection: close\r\n\r\n{body}".encode())
        await writer.drain()

    return write


def refusal(status: int, description: str, **parameters: int) -> Answer:
    body = {"ok": False, "error_code": status, "description": description}
    return answer(status, json.dumps(body | ({"parameters": parameters} if parameters else {})))


async def hang(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def drop(writer: asyncio.StreamWriter) -> None:
    """Close in the middle of an answer."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{")


async def reset(writer: asyncio.StreamWriter) -> None:
    """A RST instead of an orderly end."""
    linger_0_s = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_0_s)
    writer.transport.abort()


@asynccontextmanager
async def serving(act: Answer) -> AsyncIterator[str]:
    tasks: set[asyncio.Task[None] | None] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            await act(writer)
        finally:
            tasks.discard(asyncio.current_task())
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/bot"
    finally:
        for task in tasks:
            if task is not None:
                task.cancel()
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def bot_at(
    url: str, pace: Pace | None = None, timeout_s: float = 60
) -> AsyncIterator[ExtBot[TurnArgs]]:
    request = HTTPXRequest(
        connection_pool_size=1,
        read_timeout=timeout_s,
        pool_timeout=timeout_s / 4,
        httpx_kwargs={"trust_env": False},  # no proxy between us and the loopback
    )
    limiter = PaceLimiter(pace) if pace else None
    bot: ExtBot[TurnArgs] = ExtBot("1:a", base_url=url, request=request, rate_limiter=limiter)
    await request.initialize()
    try:
        yield bot
    finally:
        await request.shutdown()


async def error_of(call: Awaitable[object]) -> TelegramError:
    with pytest.raises(TelegramError) as caught:
        await call
    return caught.value

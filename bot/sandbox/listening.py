"""Runs an ASGI app on a loopback port inside the current event loop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.applications import Starlette

from bot.sandbox.bell import Bell
from bot.sandbox.loopback import is_loopback
from bot.sandbox.wires import Wires, protocol_with

STOP_WITHIN_S = 2
_BACKLOG = 512
# uvicorn counts ten ticks as a second.
_TICK_S = 0.1


class _Server(uvicorn.Server):
    """uvicorn without signal handlers: whoever runs the loop owns the signals."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self._leaving = Bell()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        finally:
            self.ready.set()

    async def main_loop(self) -> None:
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            await self._leaving.wait(_TICK_S)

    def leave(self) -> None:
        """Stop at once instead of at the next tick."""
        self.should_exit = True
        self._leaving.ring()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(host: str, port: int) -> socket.socket:
    """A bound socket that says it is TCP: else asyncio leaves TCP_NODELAY off, 40 ms a call."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _config(app: Starlette, wires: Wires) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=protocol_with(wires),
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=STOP_WITHIN_S,
    )


@asynccontextmanager
async def listening(
    app: Starlette, host: str, port: int, wires: Wires | None = None
) -> AsyncIterator[str]:
    """Serve the app; gives its base URL. Port 0 picks a free one.

    ValueError if the host is not loopback, OSError if the port is taken.
    """
    if not is_loopback(host):
        raise ValueError("the sandbox listens on loopback addresses only")
    with _listen(host, port) as listener:
        shown = f"[{host}]" if ":" in host else host
        server = _Server(_config(app, wires or Wires()))
        # Owned and awaited here; a TaskGroup would wrap the caller's own exceptions.
        running = asyncio.create_task(server.serve([listener]))  # noqa: TID251
        try:
            await server.ready.wait()
            if not server.started:
                await running
            yield f"http://{shown}:{listener.getsockname()[1]}"
        finally:
            server.leave()
            await running

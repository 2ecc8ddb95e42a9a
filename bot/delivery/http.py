"""The web server of webhook mode, inside our own event loop."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from bot.errors import SettingsError

MOST_AT_ONCE = 256
STOP_WITHIN_S = 2
"""For requests under way. What is cut off is not confirmed, and Telegram sends it again."""
_BACKLOG = 512


class WebServer:
    """Serves one app. The port is ours from here until `close`, also between two runs.

    SettingsError with one line when the port cannot be had.
    """

    def __init__(self, app: Starlette, host: str, port: int) -> None:
        self._app = app
        self._listener = _listen(host, port)

    @property
    def port(self) -> int:
        """The port that is served."""
        return int(self._listener.getsockname()[1])

    async def run(self) -> None:
        """Serve until cancelled, then end the connections; OSError when the server stops itself."""
        server = _Server(
            uvicorn.Config(
                self._app,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                limit_concurrency=MOST_AT_ONCE,
                timeout_graceful_shutdown=STOP_WITHIN_S,
            )
        )
        # A copy: uvicorn closes what it is given, and the next run needs the port again.
        serving = asyncio.ensure_future(_serve(server, self._listener.dup()))  # noqa: TID251 - awaited below
        try:
            await asyncio.wait([serving])
        finally:
            server.should_exit = True
            await asyncio.wait([serving])
        serving.result()
        raise OSError("the web server has stopped")

    def close(self) -> None:
        """Give the port back."""
        self._listener.close()


class _Server(uvicorn.Server):
    """uvicorn that leaves the signals to the process that it runs in."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(server: uvicorn.Server, listener: socket.socket) -> None:
    with listener:
        try:
            await server.serve(sockets=[listener])
        except SystemExit:  # uvicorn takes itself for the whole process
            raise OSError("the web server could not start") from None


def _listen(host: str, port: int) -> socket.socket:
    """A bound socket that says it is TCP: else asyncio leaves TCP_NODELAY off, 40 ms a call."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"STILLWATER_LISTEN: {host} port {port} cannot be used ({error.strerror}); "
            "give an address of this machine and a port that is free"
        ) from None
    return listener

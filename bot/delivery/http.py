"""The web server of webhook mode, inside our own event loop."""

from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

MOST_AT_ONCE = 256


class _Server(uvicorn.Server):
    """uvicorn that leaves the signals to the process that it runs in."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_webhook(app: Starlette, host: str, port: int) -> None:
    """Serve until cancelled; OSError when the port is taken."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        limit_concurrency=MOST_AT_ONCE,
        timeout_graceful_shutdown=5,
    )
    await _Server(config).serve()

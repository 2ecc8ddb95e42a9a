"""The sandbox's server: Bot API, /sim and the chat page on one loopback port."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route

from bot.sandbox.endpoint import BotApi
from bot.sandbox.guard import LoopbackOnly
from bot.sandbox.listening import listening
from bot.sandbox.orders import SimError
from bot.sandbox.sim import Sim, on_sim_error
from bot.sandbox.wires import Wires
from bot.sandbox.world import World

PAGE = Path(__file__).parent / "page"


def create_app(world: World, wires: Wires | None = None) -> Starlette:
    """The whole sandbox as an ASGI app; faults that cut connections need `serve`."""
    api = BotApi(world, wires or Wires())

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        world.open()
        async with asyncio.TaskGroup() as tasks:
            delivery = tasks.create_task(world.webhook.run())
            yield
            delivery.cancel()

    return Starlette(
        routes=[
            Route("/bot{token}/{method}", api.method, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", api.file, methods=["GET"]),
            Mount("/sim", routes=Sim(world).routes()),
            Route("/", _page),
            Route("/page/{name}", _page),
            Route("/{rest:path}", _not_found, methods=["GET", "POST"]),
        ],
        middleware=[Middleware(LoopbackOnly)],
        exception_handlers={SimError: on_sim_error},
        lifespan=lifespan,
    )


async def _page(request: Request) -> Response:
    wanted = (PAGE / request.path_params.get("name", "index.html")).resolve()
    if wanted.parent != PAGE.resolve() or not wanted.is_file():
        return JSONResponse({"error": "no such page"}, 404)
    return FileResponse(wanted, headers={"Cache-Control": "no-store"})


async def _not_found(_request: Request) -> Response:
    return JSONResponse({"ok": False, "error_code": 404, "description": "Not Found"}, 404)


@asynccontextmanager
async def serve(world: World, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Run the sandbox in this event loop; gives its base URL, such as http://127.0.0.1:40123.

    Port 0 picks a free one. ValueError if the host is not loopback, OSError if the port is taken.
    """
    wires = Wires()
    async with listening(create_app(world, wires), host, port, wires) as root:
        try:
            yield root
        finally:
            world.close()

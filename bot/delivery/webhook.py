"""Telegram calls us: one route that answers 200 only once the update is kept."""

import hmac
import json

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.delivery.ingest import Ingest
from bot.errors import StorageUnavailable
from bot.telemetry import fault, get_log

_log = get_log("webhook")

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name, not its value
MOST_BYTES = 1_000_000
RETRY_S = 10


def webhook_app(path: str, secret: str, ingest: Ingest) -> Starlette:
    """The web application for webhook mode: the route, and a sign of life at /healthz."""

    async def take(request: Request) -> Response:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), secret.encode()):
            return PlainTextResponse("wrong secret", 403)
        try:
            update = json.loads((await _body(request)).decode("utf-8", "replace"))
        except (ValueError, RecursionError, ClientDisconnect):
            return PlainTextResponse("not an update", 400)
        if not isinstance(update, dict):
            return PlainTextResponse("not an update", 400)
        try:
            await ingest.take([update])
        except StorageUnavailable as error:
            _log.critical("updates_not_kept", **fault(error))
            return PlainTextResponse("later", 503, headers={"Retry-After": str(RETRY_S)})
        return Response(status_code=200)

    async def alive(_request: Request) -> Response:
        return PlainTextResponse("ok")

    return Starlette(
        routes=[Route(path, take, methods=["POST"]), Route("/healthz", alive, methods=["GET"])]
    )


async def _body(request: Request) -> bytes:
    """The body, at most a megabyte; ValueError beyond, or when it comes compressed."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise ValueError("compressed")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise ValueError("too large")
    return bytes(body)

"""Keeps web pages of other places away from the sandbox."""

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.sandbox.loopback import comes_from_loopback, names_loopback


class LoopbackOnly:
    """Refuses other Host names (DNS rebinding) and, on /sim, other origins."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one request."""
        refusal = _refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await JSONResponse({"error": refusal}, 403)(scope, receive, send)


def _refusal(scope: Scope) -> str | None:
    headers = Headers(scope=scope)
    if not names_loopback(headers.get("host", "")):
        return "the sandbox answers to loopback names only"
    origin = headers.get("origin")
    if origin is not None and scope["path"].startswith("/sim") and not comes_from_loopback(origin):
        return "the sandbox takes no requests from other sites"
    return None

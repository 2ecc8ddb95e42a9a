"""Methods by which a bot takes its updates."""

import re
from collections.abc import Awaitable
from typing import Any

from bot.sandbox.chats import Json
from bot.sandbox.parameters import Call
from bot.sandbox.refusals import WEBHOOK_ACTIVE, WEBHOOK_TAKES_OVER, Refused, bad_request
from bot.sandbox.webhooks import DEFAULT_CONNECTIONS
from bot.sandbox.world import World

# The real server cuts to these: limit 1-100, timeout 0-50 s, connections 1-100.
LIMIT_MAX = 100
TIMEOUT_MAX_S = 50
CONNECTIONS_MAX = 100
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


def _clamped(value: int, low: int, high: int) -> int:
    return max(low, min(value, high))


def _kinds(call: Call) -> list[str] | None:
    kinds: list[Any] | None = call.values.get("allowed_updates")
    return None if kinds is None else [str(kind) for kind in kinds]


def poll_updates(world: World, call: Call) -> Awaitable[list[str]]:
    """The JSON texts of waiting updates; waits up to `timeout` real seconds for the first."""
    if world.webhook.url:
        raise Refused(*WEBHOOK_ACTIVE)
    world.updates.allow(_kinds(call))
    return world.updates.poll(
        offset=call.integer("offset"),
        limit=_clamped(call.integer("limit", LIMIT_MAX), 1, LIMIT_MAX),
        timeout_s=_clamped(call.integer("timeout"), 0, TIMEOUT_MAX_S),
    )


def set_webhook(world: World, call: Call) -> bool:
    """Deliver to a loopback address; an empty address deletes the webhook."""
    if not call.text("url"):
        return delete_webhook(world, call)
    secret = call.text("secret_token")
    if secret and not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    if call.flag("drop_pending_updates"):
        world.updates.clear()
    world.updates.allow(_kinds(call))
    connections = call.integer("max_connections", DEFAULT_CONNECTIONS)
    world.webhook.set(call.text("url"), secret, _clamped(connections, 1, CONNECTIONS_MAX))
    world.updates.end_poll(WEBHOOK_TAKES_OVER)
    return True


def delete_webhook(world: World, call: Call) -> bool:
    """Go back to getUpdates."""
    if call.flag("drop_pending_updates"):
        world.updates.clear()
    world.webhook.delete()
    return True


def webhook_info(world: World, _call: Call) -> Json:
    """The state of the webhook."""
    return world.webhook_info()

"""A local Bot API server with invented people and a movable clock; nothing reaches Telegram."""

from bot.sandbox.server import create_app, serve
from bot.sandbox.tokens import SANDBOX_TOKEN
from bot.sandbox.world import World

__all__ = ["SANDBOX_TOKEN", "World", "create_app", "serve"]

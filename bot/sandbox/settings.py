"""Methods that read and change what the bot looks like."""

from typing import Any

from bot.sandbox.chats import Json
from bot.sandbox.parameters import Call
from bot.sandbox.world import World


def _scope(call: Call) -> tuple[dict[str, Any] | None, str]:
    return call.values.get("scope"), call.text("language_code")


def get_me(world: World, _call: Call) -> Json:
    """The bot's own User."""
    return world.profile.me()


def set_commands(world: World, call: Call) -> bool:
    """Set the list of commands of a scope and language."""
    world.profile.set_commands(call.values["commands"], *_scope(call))
    return True


def get_commands(world: World, call: Call) -> list[dict[str, str]]:
    """The list of commands of a scope and language."""
    return world.profile.commands(*_scope(call))


def delete_commands(world: World, call: Call) -> bool:
    """Delete the list of commands of a scope and language."""
    world.profile.delete_commands(*_scope(call))
    return True


def set_description(world: World, call: Call) -> bool:
    """Set the text of an empty chat."""
    world.profile.describe("description", call.text("description"), call.text("language_code"))
    return True


def get_description(world: World, call: Call) -> Json:
    """The text of an empty chat."""
    return world.profile.description("description", call.text("language_code"))


def set_short_description(world: World, call: Call) -> bool:
    """Set the text of the profile page."""
    text = call.text("short_description")
    world.profile.describe("short_description", text, call.text("language_code"))
    return True


def get_short_description(world: World, call: Call) -> Json:
    """The text of the profile page."""
    return world.profile.description("short_description", call.text("language_code"))


def say_goodbye(_world: World, _call: Call) -> bool:
    """logOut and close: there is no other server to move to, so nothing happens."""
    return True

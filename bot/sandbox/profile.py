"""The bot as others see it: user, commands, descriptions."""

import re
from typing import Any

from bot.sandbox.entities import utf16_length
from bot.sandbox.refusals import bad_request

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
MAX_COMMANDS = 100
MAX_COMMAND_DESCRIPTION = 256
MAX_DESCRIPTION = 512
MAX_SHORT_DESCRIPTION = 120


def _scope_key(scope: dict[str, Any] | None, language: str) -> str:
    chosen = scope or {"type": "default"}
    return ":".join([str(chosen.get("type")), str(chosen.get("chat_id", "")), language])


class Profile:
    """What setMyCommands and its sisters change; limits from the Bot API documentation."""

    def __init__(self) -> None:
        self.user: dict[str, Any] = {
            "id": 1,
            "is_bot": True,
            "first_name": "Sandbox bot",
            "username": "sandbox_bot",
        }
        self._commands: dict[str, list[dict[str, str]]] = {}
        self._descriptions: dict[tuple[str, str], str] = {}

    def me(self) -> dict[str, Any]:
        """The User that getMe returns."""
        return {
            **self.user,
            "can_join_groups": False,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    def set_commands(
        self, commands: list[Any], scope: dict[str, Any] | None, language: str
    ) -> None:
        """Replace the commands of a scope and language."""
        if len(commands) > MAX_COMMANDS:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        self._commands[_scope_key(scope, language)] = [_command(each) for each in commands]

    def commands(self, scope: dict[str, Any] | None, language: str) -> list[dict[str, str]]:
        """The commands of a scope and language."""
        return self._commands.get(_scope_key(scope, language), [])

    def delete_commands(self, scope: dict[str, Any] | None, language: str) -> None:
        """Forget the commands of a scope and language."""
        self._commands.pop(_scope_key(scope, language), None)

    def describe(self, kind: str, text: str, language: str) -> None:
        """Set the description (`description`, 512) or `short_description` (120 units)."""
        limit = MAX_DESCRIPTION if kind == "description" else MAX_SHORT_DESCRIPTION
        if utf16_length(text) > limit:
            raise bad_request(f"bot {kind.replace('_', ' ')} is too long")
        self._descriptions[(kind, language)] = text

    def description(self, kind: str, language: str) -> dict[str, str]:
        """The description as getMyDescription or getMyShortDescription return it."""
        text = self._descriptions.get((kind, language))
        return {kind: text if text is not None else self._descriptions.get((kind, ""), "")}


def _command(command: Any) -> dict[str, str]:
    if not isinstance(command, dict):
        raise bad_request("expected an Object as BotCommand")
    name = str(command.get("command", "")).removeprefix("/")
    text = str(command.get("description", ""))
    if not _COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= utf16_length(text.strip()) <= MAX_COMMAND_DESCRIPTION:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": text}

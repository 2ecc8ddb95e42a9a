"""Reply markup: what Telegram takes, and in which words it refuses the rest."""

import json
from typing import Any

from bot.sandbox.entities import utf16_length
from bot.sandbox.links import WrongLink, checked_link
from bot.sandbox.refusals import bad_request

Button = dict[str, Any]

DATA_MAX_BYTES = 64
COPY_MAX_UNITS = 256
MAX_BUTTONS = 100
ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
EMULATED = frozenset({"url", "callback_data", "copy_text"})


def inline_keyboard(markup: dict[str, Any]) -> list[list[Button]]:
    """The checked rows of an InlineKeyboardMarkup, as Telegram keeps them."""
    rows = _rows(markup["inline_keyboard"], "inline_keyboard")
    return [[_inline_button(button) for button in row] for row in rows]


def reply_keyboard(markup: dict[str, Any]) -> list[list[str]]:
    """The labels of a ReplyKeyboardMarkup, row by row."""
    rows = _rows(markup["keyboard"], "keyboard")
    return [[_label(button, "keyboard button") for button in row] for row in rows]


def _rows(rows: Any, what: str) -> list[list[Any]]:
    if not isinstance(rows, list):
        raise bad_request(f'field "{what}" must be of type Array')
    if not all(isinstance(row, list) for row in rows):
        raise bad_request(f'field "{what}" must be an Array of Arrays')
    if sum(map(len, rows)) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    return [row for row in rows if row]


def _label(button: Any, what: str) -> str:
    text = button if isinstance(button, str) else None
    if isinstance(button, dict):
        if "text" not in button:
            raise bad_request(f"can't parse {what}: Can't find field \"text\"")
        text = button["text"]
    if not isinstance(text, str):
        raise bad_request(f'can\'t parse {what}: Field "text" must be of type String')
    if not text.strip():
        raise bad_request(f"{what} text must be non-empty")
    return text


def _inline_button(button: Any) -> Button:
    if not isinstance(button, dict):
        raise bad_request("can't parse inline keyboard button: it must be an Object")
    text = _label(button, "inline keyboard button")
    actions = [name for name in ACTIONS if button.get(name) not in (None, "", {})]
    if not actions:
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if len(actions) > 1:
        raise bad_request(
            "can't parse inline keyboard button: exactly one action must be used, "
            f"found {' and '.join(actions)}"
        )
    kept: Button = {"text": text, actions[0]: _action(actions[0], button[actions[0]])}
    if button.get("style") is not None:
        kept["style"] = button["style"]
    return kept


def _action(name: str, value: Any) -> Any:
    match name:
        case "callback_data":
            return _callback_data(value)
        case "url":
            return _url(value)
        case "copy_text":
            return _copy_text(value)
    raise bad_request(f"the sandbox does not emulate inline keyboard buttons with {name}")


def _callback_data(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value.encode()) <= DATA_MAX_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    return value


def _url(value: Any) -> str:
    try:
        return checked_link(str(value))
    except WrongLink as error:
        raise bad_request(f"inline keyboard button URL '{value}' is invalid: {error}") from error


def _copy_text(value: Any) -> dict[str, str]:
    text = value.get("text") if isinstance(value, dict) else None
    if not isinstance(text, str) or not 1 <= utf16_length(text) <= COPY_MAX_UNITS:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    return {"text": text}


def _check_flags(markup: dict[str, Any]) -> None:
    for name in ("remove_keyboard", "force_reply"):
        if name in markup:
            if not isinstance(markup[name], bool):
                raise bad_request(f'field "{name}" must be of type Boolean')
            return
    raise bad_request("object expected as reply markup")


class Markup:
    """A checked reply markup: inline rows, or labels of a reply keyboard, or neither."""

    def __init__(self, markup: dict[str, Any] | None) -> None:
        self.inline: list[list[Button]] = []
        self.labels: list[list[str]] | None = None
        if not markup:
            return
        if "inline_keyboard" in markup:
            self.inline = inline_keyboard(markup)
        elif "keyboard" in markup:
            self.labels = reply_keyboard(markup)
        else:
            _check_flags(markup)

    def body(self) -> dict[str, Any]:
        """The part of a Message that shows the markup; only inline rows are shown there."""
        return {"reply_markup": {"inline_keyboard": self.inline}} if self.inline else {}


def same_keyboard(one: list[list[Button]], other: list[list[Button]]) -> bool:
    """Whether two inline keyboards show the same."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)

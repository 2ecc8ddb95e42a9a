"""Rendered buttons in the form that Telegram takes."""

from collections.abc import Sequence

from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup

from bot.library import RenderedButton


def keyboard_of(rows: Sequence[Sequence[RenderedButton]]) -> InlineKeyboardMarkup | None:
    """The inline keyboard, or None where there are no buttons."""
    if not rows:
        return None
    return InlineKeyboardMarkup([[_button(each) for each in row] for row in rows if row])


def _button(button: RenderedButton) -> InlineKeyboardButton:
    if button.copy is not None:
        return InlineKeyboardButton(button.text, copy_text=CopyTextButton(button.copy))
    if button.url is not None:
        return InlineKeyboardButton(button.text, url=button.url)
    return InlineKeyboardButton(button.text, callback_data=button.action)

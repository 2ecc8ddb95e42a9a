"""Messages as /sim/messages shows them."""

from typing import Any

from bot.sandbox.chats import Json, Post
from bot.sandbox.markup import to_html


def _button(button: Json) -> Json:
    shown = {"text": button["text"]}
    if "callback_data" in button:
        shown["data"] = button["callback_data"]
    if "url" in button:
        shown["url"] = button["url"]
    if "copy_text" in button:
        shown["copy"] = button["copy_text"]["text"]
    return shown


def _files(body: Json) -> Json:
    shown: Json = {}
    sizes = [size for size in body.get("photo", []) if isinstance(size, dict)]
    if sizes:
        shown["photo"] = f"/sim/files/{sizes[-1].get('file_id')}"
    document = body.get("document")
    if document:
        shown["document"] = {
            "url": f"/sim/files/{document.get('file_id')}",
            "name": document.get("file_name", "file"),
            "size": document.get("file_size", 0),
        }
    return shown


def post_view(post: Post) -> dict[str, Any]:
    """One message with its text, safe HTML, buttons and files."""
    body = post.body
    text: str = body.get("text") or body.get("caption") or ""
    entities: list[Json] = body.get("entities") or body.get("caption_entities") or []
    view: dict[str, Any] = {
        "seq": post.seq,
        "message_id": post.message_id,
        "from": "bot" if post.from_bot else "person",
        "text": text,
        "html": to_html(text, entities),
        "entities": entities,
        "buttons": [[_button(button) for button in row] for row in post.inline_keyboard()],
        "date": body["date"],
        "edited": post.edited,
        "deleted": post.deleted,
        "pinned": post.pinned,
        "reaction": post.reaction,
        **_files(body),
    }
    if post.reply_keyboard is not None:
        view["keyboard"] = [[{"text": label} for label in row] for row in post.reply_keyboard]
    if "voice" in body:
        view["voice"] = True
    return view

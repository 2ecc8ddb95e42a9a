"""Steps that tests of the chat page share."""

import struct
import zlib
from typing import Any

from playwright.async_api import Browser, Locator, Page, expect

from tests.sandbox.conftest import Stage

WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 780}


async def visit(browser: Browser, root: str, size: dict[str, int] = WIDE, **how: Any) -> Page:
    """The page, once it has read the state; its zone is Berlin."""
    context = await browser.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        timezone_id="Europe/Berlin",
        **how,
    )
    page = await context.new_page()
    await page.goto(root)
    await expect(page.locator("#link-state")).to_have_text("Connected")
    return page


def chat(page: Page, person: int) -> Locator:
    return page.locator(f'.chat[data-person="{person}"]')


def bubbles(page: Page, person: int) -> Locator:
    return chat(page, person).locator(".bubble")


def button(text: str, **kind: Any) -> dict[str, Any]:
    return {"text": text, **(kind or {"callback_data": text.lower()})}


def rows(*given: list[dict[str, Any]]) -> dict[str, Any]:
    return {"inline_keyboard": list(given)}


def picture(width: int = 40, height: int = 30) -> bytes:
    """A grey PNG."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    lines = zlib.compress((b"\0" + b"\x99" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


async def next_update(stage: Stage, kind: str) -> dict[str, Any]:
    """The next update of a kind, as a polling bot receives it."""
    offset = 0
    while True:
        for update in await stage.ok("getUpdates", offset=offset, timeout=20):
            offset = update["update_id"] + 1
            if kind in update:
                await stage.ok("getUpdates", offset=offset)
                content: dict[str, Any] = update[kind]
                return content

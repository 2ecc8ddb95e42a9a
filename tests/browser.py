"""Finds Chromium and opens it for tests of pages."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.async_api import Browser, Playwright, async_playwright, expect

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_HOW_TO_GET_IT = (
    "no Chromium found: `apt-get install chromium`, or `.venv/bin/playwright install chromium`, "
    "or put its path into CHROMIUM"
)
# Generous, because a busy machine must not fail a test; nothing waits that long when all is well.
expect.set_options(timeout=20_000)


def _find(playwright: Playwright) -> str | None:
    """The path of a Chromium: the environment's, the system's, or Playwright's own."""
    wanted = os.environ.get("CHROMIUM")
    if wanted:
        return wanted
    on_path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if on_path:
        return on_path
    own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def _missing() -> NoReturn:
    """Skip, but fail where the tests have to be complete."""
    if os.environ.get("CI") == "true":
        pytest.fail(_HOW_TO_GET_IT, pytrace=False)
    pytest.skip(_HOW_TO_GET_IT)


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    """A headless Chromium; skips the test where there is none."""
    async with async_playwright() as playwright:
        path = _find(playwright) or _missing()
        # Containers have no user namespaces; only pages of our own are opened.
        browser = await playwright.chromium.launch(
            executable_path=path, headless=True, args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            yield browser
        finally:
            await browser.close()

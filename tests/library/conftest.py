import shutil
from pathlib import Path

import pytest

from bot.library import Library

CONTENT = Path(__file__).parents[2] / "content"


@pytest.fixture(scope="session")
def library() -> Library:
    return Library.load(CONTENT, strict=True)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of content/ in which mistakes can be planted."""
    root = tmp_path / "content"
    shutil.copytree(CONTENT, root)
    return root

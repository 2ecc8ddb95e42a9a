"""Files that the bot sent; they live in memory until the sandbox stops."""

import hashlib
import struct
from dataclasses import dataclass
from typing import Any

from bot.sandbox.refusals import bad_request

# Limits of the Bot API documentation: sendPhoto, sendDocument, getFile.
PHOTO_MAX_BYTES = 10 * 1024 * 1024
FILE_MAX_BYTES = 50 * 1024 * 1024
DOWNLOAD_MAX_BYTES = 20 * 1024 * 1024
PHOTO_MAX_SIDES = 10_000
PHOTO_MAX_RATIO = 20
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file part of a request."""

    name: str
    mime: str
    content: bytes


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file with its ids; `path` is getFile's file_path; sides are pixels, 0 if no picture."""

    file_id: str
    unique_id: str
    path: str
    upload: Upload
    width: int = 0
    height: int = 0

    def descriptor(self) -> dict[str, Any]:
        """The fields that every Bot API file object shares."""
        return {
            "file_id": self.file_id,
            "file_unique_id": self.unique_id,
            "file_size": len(self.upload.content),
        }

    def picture_type(self) -> str | None:
        """The media type of a stored photo by its bytes, whatever the sender called it."""
        if not self.width:
            return None
        return "image/png" if self.upload.content.startswith(_PNG) else "image/jpeg"


class Files:
    """All stored files, by id and by path."""

    def __init__(self) -> None:
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}

    def store(self, upload: Upload, kind: str) -> StoredFile:
        """Keep a file as `photo`, `document` or `voice`; Refused if Telegram would refuse it."""
        limit = PHOTO_MAX_BYTES if kind == "photo" else FILE_MAX_BYTES
        if not upload.content:
            raise bad_request("file must be non-empty")
        if len(upload.content) > limit:
            raise bad_request(f"file of size {len(upload.content)} bytes is too big for a {kind}")
        width, height = _photo_sides(upload.content) if kind == "photo" else (0, 0)
        number = len(self._by_id) + 1
        stored = StoredFile(
            file_id=f"SANDBOX-{kind}-{number}",
            unique_id=hashlib.sha256(upload.content).hexdigest()[:16],
            path=f"{kind}s/file_{number}{_suffix(upload.name)}",
            upload=upload,
            width=width,
            height=height,
        )
        self._by_id[stored.file_id] = stored
        self._by_path[stored.path] = stored
        return stored

    def by_id(self, file_id: str) -> StoredFile | None:
        """The file with this id."""
        return self._by_id.get(file_id)

    def by_path(self, path: str) -> StoredFile | None:
        """The file with this file_path."""
        return self._by_path.get(path)


def _suffix(name: str) -> str:
    stem, dot, suffix = name.rpartition(".")
    return f".{suffix.lower()}" if dot and stem and suffix.isalnum() else ""


def _photo_sides(content: bytes) -> tuple[int, int]:
    sides = _png_sides(content) or _jpeg_sides(content)
    if sides is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    width, height = sides
    narrow = max(1, min(width, height))
    if width + height > PHOTO_MAX_SIDES or max(width, height) / narrow > PHOTO_MAX_RATIO:
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return width, height


def _png_sides(content: bytes) -> tuple[int, int] | None:
    if not content.startswith(_PNG) or len(content) < 24:
        return None
    width, height = struct.unpack(">II", content[16:24])
    return int(width), int(height)


def _jpeg_sides(content: bytes) -> tuple[int, int] | None:
    """Width and height from the first start-of-frame segment (ITU T.81, B.2.2)."""
    if not content.startswith(b"\xff\xd8"):
        return None
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return int(width), int(height)
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return None

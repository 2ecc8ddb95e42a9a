"""Sealing what a person told us, and looking people up without keeping their Telegram id.

Sealed form: version (1 byte) | key id (1 byte) | nonce (12 bytes) | AES-256-GCM ciphertext and tag.
The associated data names the place (`table.column|row`), so a value cannot be moved to another row.
"""

import base64
import contextlib
import hmac
import os
import secrets
import stat
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.errors import KeyFileError, Undecipherable

_VERSION = 1
_NONCE_BYTES = 12
_SECRET_BYTES = 32


class Vault:
    """Seals and opens values, and hashes ids for look-up.

    `keys` maps a key id (1-255) to 32 secret bytes; the highest id seals, all of them open.
    `index_secret` keys the hashes and must never change, or nobody is found again.
    """

    def __init__(self, keys: Mapping[int, bytes], index_secret: bytes) -> None:
        self._ciphers = {key_id: AESGCM(secret) for key_id, secret in keys.items()}
        self._current = max(keys)
        self._index = index_secret

    def seal(self, clear: str, place: str) -> bytes:
        """Encrypt a text for one place, such as `answer.value|<row>`."""
        nonce = os.urandom(_NONCE_BYTES)
        # Lone surrogates reach us in broken updates; they must come back as they came.
        data = clear.encode("utf-8", "surrogatepass")
        body = self._ciphers[self._current].encrypt(nonce, data, place.encode())
        return bytes((_VERSION, self._current)) + nonce + body

    def open(self, sealed: bytes, place: str) -> str:
        """Decrypt what was sealed for this very place; Undecipherable otherwise."""
        head, body = sealed[: 2 + _NONCE_BYTES], sealed[2 + _NONCE_BYTES :]
        cipher = self._ciphers.get(head[1]) if len(head) > 1 and head[0] == _VERSION else None
        if cipher is None:
            raise Undecipherable(f"no key opens {place.split('|')[0]}")
        try:
            return cipher.decrypt(head[2:], body, place.encode()).decode("utf-8", "surrogatepass")
        except InvalidTag:
            raise Undecipherable(f"wrong key or place for {place.split('|')[0]}") from None

    def hash(self, clear: str, purpose: str) -> bytes:
        """Sixteen bytes that stand for an id in look-ups; useless without the key."""
        return hmac.digest(self._index, f"{purpose}|{clear}".encode("utf-8", "replace"), sha256)[
            :16
        ]


def load_key_file(path: Path) -> Vault:
    """Read a key file; KeyFileError says in one line what is wrong with it."""
    try:
        lines = path.read_text("ascii").splitlines()
    except FileNotFoundError:
        raise KeyFileError(
            f"STILLWATER_KEY_FILE: {path} is missing, but the database is sealed with it; "
            "put the backed-up key there (without it the data cannot be read)"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFileError(
            f"STILLWATER_KEY_FILE: {path} cannot be read ({type(error).__name__}); "
            "check its owner, its mode and that it is the key file"
        ) from None
    return _parse(lines, path)


def _parse(lines: list[str], path: Path) -> Vault:
    keys: dict[int, bytes] = {}
    index = b""
    for line in lines:
        name, _, value = line.strip().partition(":")
        if not value or name.startswith("#"):
            continue
        try:
            secret = base64.b64decode(value, validate=True)
            if len(secret) != _SECRET_BYTES:
                raise ValueError
            if name == "index":
                index = secret
            else:
                keys[int(name)] = secret
        except ValueError:
            break
    else:
        if index and keys and all(0 < key_id < 256 for key_id in keys):
            return Vault(keys, index)
    raise KeyFileError(
        f"STILLWATER_KEY_FILE: {path} is not a complete key file; restore it from your backup"
    )


def _new_secret() -> str:
    return base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def make_key_file(path: Path) -> Vault:
    """Create a key file, readable by its owner alone (0400), never over an existing one.

    KeyFileError when there is no place for it.
    """
    lines = ["# Stillwater's key. Without it the database cannot be read: keep a copy elsewhere."]
    lines += [f"{name}:{_new_secret()}" for name in ("index", "1")]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_once(path, "\n".join(lines) + "\n")
    except OSError as error:
        raise KeyFileError(
            f"STILLWATER_KEY_FILE: {path} cannot be made ({error.strerror}); "
            "name a place that the user who runs the bot may write"
        ) from None
    return load_key_file(path)


def _write_once(path: Path, content: str) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    # A link appears whole or not at all, and never in another's place: workers may start together.
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()

"""Where updates wait on disk while the database is away: sealed, fsynced, one file a batch."""

import base64
import contextlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from uuid_utils.compat import uuid7

from bot.errors import StorageUnavailable, Undecipherable
from bot.storage.inbox import Arrival
from bot.storage.vault import Vault

_SUFFIX = ".sealed"


class Spool:
    """A folder of sealed batches. All calls block shortly; run them off the event loop."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder = folder
        self._vault = vault

    def prepare(self) -> None:
        """Make the folder and prove that it can be written (OSError otherwise)."""
        self._folder.mkdir(parents=True, exist_ok=True)
        probe = self._folder / "probe"
        probe.write_bytes(b"")
        probe.unlink()

    def append(self, arrivals: Sequence[Arrival]) -> None:
        """Keep a batch durably; StorageUnavailable when the disk will not take it."""
        name = f"{uuid7().hex}{_SUFFIX}"
        body = json.dumps([asdict(arrival) for arrival in arrivals])
        sealed = base64.b64encode(self._vault.seal(body, f"spool|{name}"))
        path = self._folder / name
        draft = path.with_suffix(".draft")
        try:
            with draft.open("wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
            _sync_folder(self._folder)
        except OSError as error:
            with contextlib.suppress(OSError):  # whatever refused the batch may refuse this too
                draft.unlink()
            raise StorageUnavailable(type(error).__name__) from None

    def batches(self) -> list[Path]:
        """The waiting batches, oldest first."""
        return sorted(self._folder.glob(f"*{_SUFFIX}"))

    def read(self, batch: Path) -> list[Arrival]:
        """Open one batch.

        Undecipherable when the key does not fit or the file is damaged or from another version,
        StorageUnavailable when the disk does not give it just now.
        """
        try:
            sealed = base64.b64decode(batch.read_bytes())
            clear = self._vault.open(sealed, f"spool|{batch.name}")
            return [Arrival(**each) for each in json.loads(clear)]
        except OSError as error:
            raise StorageUnavailable(type(error).__name__) from None
        except (ValueError, TypeError):
            raise Undecipherable("a batch in the spool is damaged") from None

    def remove(self, batch: Path) -> None:
        """Forget a batch that is now in the inbox; StorageUnavailable when the disk refuses."""
        try:
            batch.unlink(missing_ok=True)
        except OSError as error:
            raise StorageUnavailable(type(error).__name__) from None

    def set_aside(self, batch: Path) -> None:
        """Keep a batch that does not open out of the way, for the operator to look at."""
        with contextlib.suppress(OSError):
            batch.rename(batch.with_suffix(".unreadable"))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

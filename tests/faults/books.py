"""The books after a run: what the bot's database, its spool and the sandbox's ledger hold."""

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import select

from bot.domain.messages import Lane, Message
from bot.ground import CONTENT
from bot.library import Library
from bot.sandbox import World
from bot.storage.database import Database
from bot.storage.spool import Spool
from bot.storage.tables import inbox, outbox, person
from bot.storage.vault import Vault, load_key_file

_CODEC = TypeAdapter(Message)


@dataclass(frozen=True, slots=True)
class Kept:
    """One row of the inbox, opened."""

    seq: int
    update_id: int
    update: dict[str, Any]
    state: str
    aided: bool
    reason: str | None

    @property
    def asks_for_help(self) -> bool:
        """Whether this is /sos or the Help now button."""
        text: str = self.update.get("message", {}).get("text", "")
        pressed: str = self.update.get("callback_query", {}).get("data", "")
        return text == "/sos" or pressed == "sos"

    @property
    def wants_reply(self) -> bool:
        """Whether a person waits for an answer to it."""
        return "message" in self.update or "callback_query" in self.update


@dataclass(frozen=True, slots=True)
class Said:
    """One row of the outbox, opened; `text` is what the person should have seen."""

    seq: int
    dedupe: str
    lane: Lane
    state: str
    chat_id: int
    edits: int | None
    message_id: int | None
    text: str
    queued_at: datetime
    done_at: datetime | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that the invariants are read from."""

    kept: list[Kept]
    said: list[Said]
    sends: list[dict[str, Any]]
    confirmed: list[int]
    spooled: list[int]


def bare(text: str) -> str:
    """A text without what layout changes: runs of white space."""
    return " ".join(text.split())


async def read_books(url: str, data: Path, world: World) -> Books:
    """Read and open everything; on SQLite only while the bot is not running."""
    vault = load_key_file(data / "key")
    database = Database(url, vault)
    try:
        async with database.peek() as run:
            kept_rows = (await run(select(inbox).order_by(inbox.c.seq))).all()
            addresses = select(outbox, person.c.chat_sealed.label("p_chat")).select_from(
                outbox.outerjoin(person, outbox.c.person_id == person.c.id)
            )
            said_rows = (await run(addresses.order_by(outbox.c.seq))).all()
    finally:
        await database.close()
    library = Library.load(CONTENT, strict=True)
    spool = Spool(data / "spool", vault)
    return Books(
        kept=[_kept(vault, row) for row in kept_rows],
        said=[_said(vault, library, row) for row in said_rows],
        sends=[{**send, "text": bare(send["text"])} for send in world.ledger.sends(0)],
        confirmed=list(world.updates.receipts.confirmed),
        spooled=[each.update_id for batch in spool.batches() for each in spool.read(batch)],
    )


def _kept(vault: Vault, row: Any) -> Kept:
    update = json.loads(vault.open(row.body_sealed, f"inbox.body|{row.dedupe.hex()}"))
    number = update.get("update_id", 0)
    return Kept(row.seq, number, update, row.state, row.aided_at is not None, row.reason)


def _said(vault: Vault, library: Library, row: Any) -> Said:
    if row.p_chat is not None:
        chat = vault.open(row.p_chat, f"person.chat|{row.person_id}")
    else:
        chat = vault.open(row.chat_sealed, f"outbox.chat|{row.dedupe}")
    message = _CODEC.validate_json(vault.open(row.body_sealed, f"outbox.body|{row.dedupe}"))
    return Said(
        seq=row.seq,
        dedupe=row.dedupe,
        lane=Lane(row.lane),
        state=row.state,
        chat_id=int(chat),
        edits=row.edits,
        message_id=row.message_id,
        text=bare(library.render(message, row.language).plain),
        queued_at=row.queued_at,
        done_at=row.done_at,
        attempts=row.attempts,
    )


@dataclass(frozen=True, slots=True)
class Scene:
    """What a kill found: outbox rows in flight, updates being handled, updates not done."""

    in_flight: list[int]
    under_way: list[int]
    undone: list[int]


@contextmanager
def _copied(database: Path) -> Iterator[sqlite3.Connection]:
    # A copy: opening the real file would recover its log, which is for the bot to do.
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("", "-wal"):
            original = database.with_name(database.name + suffix)
            if original.exists():
                shutil.copy(original, Path(folder, f"copy.db{suffix}"))
        with closing(sqlite3.connect(Path(folder, "copy.db"))) as connection:
            yield connection


def scene_of_a_kill(database: Path, key_file: Path) -> Scene:
    """Look at a dead bot's SQLite database without touching it."""
    vault = load_key_file(key_file)
    with _copied(database) as connection:
        flying = connection.execute("SELECT seq FROM outbox WHERE state = 'sending'").fetchall()
        undone = connection.execute(
            "SELECT state, dedupe, body_sealed FROM inbox WHERE state IN ('new', 'leased')"
        ).fetchall()
    found = [
        (state, json.loads(vault.open(body, f"inbox.body|{key.hex()}")).get("update_id", 0))
        for state, key, body in undone
    ]
    return Scene(
        in_flight=[row[0] for row in flying],
        under_way=[number for state, number in found if state == "leased"],
        undone=[number for _, number in found],
    )


def waiting(database: Path) -> tuple[int, int]:
    """Updates not done and messages not ended, in the database of a bot that runs."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        return (
            connection.execute(
                "SELECT count(*) FROM inbox WHERE state IN ('new', 'leased')"
            ).fetchone()[0],
            connection.execute(
                "SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending')"
            ).fetchone()[0],
        )

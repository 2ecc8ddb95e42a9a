"""All tables, as the newest migration leaves them.

Words of a person, Telegram ids and whole updates are sealed (`*_sealed`, see vault.py); what stays
readable is what the database must sort or search by: instants, states, zones, hashes.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    literal_column,
    text,
)

from bot.storage.types import Counter, Key, UTCDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# One row a fact about the installation: which key it is sealed with, which bot it belongs to.
meta = Table(
    "meta",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

person = Table(
    "person",
    metadata,
    Column("id", Key, primary_key=True),
    Column("chat_hash", LargeBinary(16), nullable=False, unique=True),
    Column("chat_sealed", LargeBinary, nullable=False),
    Column("language", String(12), nullable=False),
    Column("country", String(2)),
    Column("zone", String(64), nullable=False),
    Column("consent_version", Integer, nullable=False),
    Column("consented_at", UTCDateTime, nullable=False),
    Column("joined_at", UTCDateTime),
    Column("stopped_at", UTCDateTime),
    Column("unreachable_at", UTCDateTime),
    Column("minor_at", UTCDateTime),
)

# The due table: wall time, weekdays and zone are the truth, `next_due_at` is derived from them.
# NULL in `next_due_at` means that the schedule sleeps.
schedule = Table(
    "schedule",
    metadata,
    Column("id", Key, primary_key=True),
    Column("person_id", Key, ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("wall_minutes", SmallInteger, nullable=False),
    Column("weekdays", SmallInteger, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("next_due_at", UTCDateTime),
    Index("ix_schedule_person_id", "person_id"),
    Index(
        "ix_schedule_next_due_at",
        "next_due_at",
        sqlite_where=text("next_due_at IS NOT NULL"),
        postgresql_where=text("next_due_at IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

# One row a conversation: a check-in, joining, later flows. A scheduled one has an occurrence.
_UNFINISHED = "status IN ('offered', 'open')"
dialog = Table(
    "dialog",
    metadata,
    Column("id", Key, primary_key=True),
    Column("person_id", Key, ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
    Column("flow", String(16), nullable=False),
    Column("status", String(8), nullable=False),
    Column("step", String(16)),
    Column("script_version", Integer, nullable=False),
    Column("local_date", Date, nullable=False),
    Column("opened_at", UTCDateTime, nullable=False),
    Column("expires_at", UTCDateTime, nullable=False),
    Column("message_id", BigInteger),
    Column("occurrence", String(80), unique=True),
    Column("version", Integer, nullable=False),
    Index("ix_dialog_person_id_opened_at", "person_id", "opened_at"),
    Index(
        "ix_dialog_unfinished",
        "person_id",
        "opened_at",
        sqlite_where=text(_UNFINISHED),
        postgresql_where=text(_UNFINISHED),
    ),
    Index(
        "ix_dialog_expires_at",
        "expires_at",
        sqlite_where=text(_UNFINISHED),
        postgresql_where=text(_UNFINISHED),
    ),
)

# One answer to one question of one dialog: the primary key is what counts it once.
answer = Table(
    "answer",
    metadata,
    Column("dialog_id", Key, ForeignKey("dialog.id", ondelete="CASCADE"), primary_key=True),
    Column("question", String(16), primary_key=True),
    Column("person_id", Key, ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
    Column("local_date", Date, nullable=False),
    Column("value_sealed", LargeBinary, nullable=False),
    Column("answered_at", UTCDateTime, nullable=False),
    Column("source_message_id", BigInteger),
    Index("ix_answer_person_id_local_date", "person_id", "local_date"),
)

_WAITING = "state IN ('new', 'leased')"
inbox = Table(
    "inbox",
    metadata,
    Column("seq", Counter, primary_key=True, autoincrement=True),
    Column("dedupe", LargeBinary(16), nullable=False),
    Column("lane", LargeBinary(16), nullable=False),
    Column("state", String(8), nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("received_at", UTCDateTime, nullable=False),
    Column("not_before", UTCDateTime, nullable=False),
    Column("lease_until", UTCDateTime),
    Column("leased_by", String(24)),
    Column("aided_at", UTCDateTime),
    Column("done_at", UTCDateTime),
    Column("reason", String(64)),
    Column("body_sealed", LargeBinary),
    UniqueConstraint("dedupe"),
    Index(
        "ix_inbox_lane_seq",
        "lane",
        "seq",
        sqlite_where=text(_WAITING),
        postgresql_where=text(_WAITING),
    ),
    Index(
        "ix_inbox_waiting",
        "seq",
        sqlite_where=text(_WAITING),
        postgresql_where=text(_WAITING),
    ),
    Index(
        "ix_inbox_done_at",
        "done_at",
        sqlite_where=text("body_sealed IS NOT NULL"),
        postgresql_where=text("body_sealed IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)

_QUEUED = "state = 'queued'"
_LIVE = "state IN ('queued', 'sending')"
_SENDING = "state = 'sending'"
outbox = Table(
    "outbox",
    metadata,
    Column("seq", Counter, primary_key=True, autoincrement=True),
    Column("dedupe", String(120), nullable=False, unique=True),
    Column("person_id", Key, ForeignKey("person.id", ondelete="CASCADE")),
    Column("dialog_id", Key),
    Column("chat_hash", LargeBinary(16), nullable=False),
    Column("chat_sealed", LargeBinary),
    Column("language", String(12), nullable=False),
    Column("lane", SmallInteger, nullable=False),
    Column("edits", BigInteger),
    Column("state", String(12), nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("queued_at", UTCDateTime, nullable=False),
    Column("not_before", UTCDateTime, nullable=False),
    Column("expires_at", UTCDateTime),
    Column("lease_until", UTCDateTime),
    Column("leased_by", String(24)),
    Column("done_at", UTCDateTime),
    Column("message_id", BigInteger),
    Column("reason", String(64)),
    Column("body_sealed", LargeBinary),
    Index(
        "ix_outbox_queued",
        "lane",
        "not_before",
        "seq",
        sqlite_where=text(_QUEUED),
        postgresql_where=text(_QUEUED),
    ),
    Index(
        "ix_outbox_expires_at",
        "expires_at",
        sqlite_where=text(_QUEUED),
        postgresql_where=text(_QUEUED),
    ),
    Index(
        "ix_outbox_lease_until",
        "lease_until",
        sqlite_where=text(_SENDING),
        postgresql_where=text(_SENDING),
    ),
    Index(
        "ix_outbox_chat_hash",
        "chat_hash",
        sqlite_where=text(_LIVE),
        postgresql_where=text(_LIVE),
    ),
    Index("ix_outbox_person_id", "person_id"),
    Index("ix_outbox_dialog_id", "dialog_id"),
    Index(
        "ix_outbox_done_at",
        "done_at",
        sqlite_where=text("body_sealed IS NOT NULL"),
        postgresql_where=text("body_sealed IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)


def one_of(column: Any, *states: str) -> ColumnElement[bool]:
    """Whether a column of an index above is in one of its states, written out in the statement.

    SQLite proves by the text of a statement that a partial index may be used; over `IN (?, ?)` it
    reads the whole table instead. The states are our own words, never anybody's input.
    """
    found: ColumnElement[bool] = column.in_([literal_column(f"'{state}'") for state in states])
    return found

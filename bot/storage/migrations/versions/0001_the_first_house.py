"""The first house.

Revision: 0001, after None
"""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import Key, UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _index(name: str, table: str, columns: list[str], where: str | None = None) -> None:
    """An index, over part of the table where `where` says which rows can matter."""
    part = sa.text(where) if where else None
    op.create_index(name, table, columns, sqlite_where=part, postgresql_where=part)


def upgrade() -> None:
    """One step up."""
    op.create_table(
        "inbox",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("dedupe", sa.LargeBinary(length=16), nullable=False),
        sa.Column("lane", sa.LargeBinary(length=16), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("not_before", UTCDateTime(), nullable=False),
        sa.Column("lease_until", UTCDateTime(), nullable=True),
        sa.Column("leased_by", sa.String(length=24), nullable=True),
        sa.Column("aided_at", UTCDateTime(), nullable=True),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_inbox")),
        sa.UniqueConstraint("dedupe", name=op.f("uq_inbox_dedupe")),
        sqlite_autoincrement=True,
    )
    _index("ix_inbox_done_at", "inbox", ["done_at"], "body_sealed IS NOT NULL")
    _index("ix_inbox_lane_seq", "inbox", ["lane", "seq"], "state IN ('new', 'leased')")
    _index("ix_inbox_waiting", "inbox", ["seq"], "state IN ('new', 'leased')")

    op.create_table(
        "meta",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_meta")),
    )
    op.create_table(
        "person",
        sa.Column("id", Key(), nullable=False),
        sa.Column("chat_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("chat_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("consent_version", sa.Integer(), nullable=False),
        sa.Column("consented_at", UTCDateTime(), nullable=False),
        sa.Column("joined_at", UTCDateTime(), nullable=True),
        sa.Column("stopped_at", UTCDateTime(), nullable=True),
        sa.Column("unreachable_at", UTCDateTime(), nullable=True),
        sa.Column("minor_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("chat_hash", name=op.f("uq_person_chat_hash")),
    )
    op.create_table(
        "dialog",
        sa.Column("id", Key(), nullable=False),
        sa.Column("person_id", Key(), nullable=False),
        sa.Column("flow", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=True),
        sa.Column("script_version", sa.Integer(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("occurrence", sa.String(length=80), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_dialog_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialog")),
        sa.UniqueConstraint("occurrence", name=op.f("uq_dialog_occurrence")),
    )
    _index("ix_dialog_expires_at", "dialog", ["expires_at"], "status IN ('offered', 'open')")
    _index("ix_dialog_person_id_opened_at", "dialog", ["person_id", "opened_at"])
    _index(
        "ix_dialog_unfinished",
        "dialog",
        ["person_id", "opened_at"],
        "status IN ('offered', 'open')",
    )

    op.create_table(
        "outbox",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("dedupe", sa.String(length=120), nullable=False),
        sa.Column("person_id", Key(), nullable=True),
        sa.Column("dialog_id", Key(), nullable=True),
        sa.Column("chat_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("chat_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("edits", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("queued_at", UTCDateTime(), nullable=False),
        sa.Column("not_before", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=True),
        sa.Column("lease_until", UTCDateTime(), nullable=True),
        sa.Column("leased_by", sa.String(length=24), nullable=True),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_outbox_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox")),
        sa.UniqueConstraint("dedupe", name=op.f("uq_outbox_dedupe")),
        sqlite_autoincrement=True,
    )
    _index("ix_outbox_chat_hash", "outbox", ["chat_hash"], "state IN ('queued', 'sending')")
    _index("ix_outbox_dialog_id", "outbox", ["dialog_id"])
    _index("ix_outbox_done_at", "outbox", ["done_at"], "body_sealed IS NOT NULL")
    _index("ix_outbox_expires_at", "outbox", ["expires_at"], "state = 'queued'")
    _index("ix_outbox_lease_until", "outbox", ["lease_until"], "state = 'sending'")
    _index("ix_outbox_person_id", "outbox", ["person_id"])
    _index("ix_outbox_queued", "outbox", ["lane", "not_before", "seq"], "state = 'queued'")

    op.create_table(
        "schedule",
        sa.Column("id", Key(), nullable=False),
        sa.Column("person_id", Key(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("wall_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("weekdays", sa.SmallInteger(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("next_due_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_schedule_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
        sqlite_with_rowid=False,
    )
    _index("ix_schedule_next_due_at", "schedule", ["next_due_at"], "next_due_at IS NOT NULL")
    _index("ix_schedule_person_id", "schedule", ["person_id"])

    op.create_table(
        "answer",
        sa.Column("dialog_id", Key(), nullable=False),
        sa.Column("question", sa.String(length=16), nullable=False),
        sa.Column("person_id", Key(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("value_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("answered_at", UTCDateTime(), nullable=False),
        sa.Column("source_message_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dialog_id"],
            ["dialog.id"],
            name=op.f("fk_answer_dialog_id_dialog"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_answer_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("dialog_id", "question", name=op.f("pk_answer")),
    )
    _index("ix_answer_person_id_local_date", "answer", ["person_id", "local_date"])


def downgrade() -> None:
    """One step down: the indexes go with their tables."""
    for table in ("answer", "schedule", "outbox", "dialog", "person", "meta", "inbox"):
        op.drop_table(table)

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
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_inbox_done_at",
            ["done_at"],
            unique=False,
            sqlite_where=sa.text("body_sealed IS NOT NULL"),
            postgresql_where=sa.text("body_sealed IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_inbox_lane_seq",
            ["lane", "seq"],
            unique=False,
            sqlite_where=sa.text("state IN ('new', 'leased')"),
            postgresql_where=sa.text("state IN ('new', 'leased')"),
        )
        batch_op.create_index(
            "ix_inbox_waiting",
            ["seq"],
            unique=False,
            sqlite_where=sa.text("state IN ('new', 'leased')"),
            postgresql_where=sa.text("state IN ('new', 'leased')"),
        )

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
    with op.batch_alter_table("dialog", schema=None) as batch_op:
        batch_op.create_index(
            "ix_dialog_expires_at",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("status IN ('offered', 'open')"),
            postgresql_where=sa.text("status IN ('offered', 'open')"),
        )
        batch_op.create_index(
            "ix_dialog_person_id_opened_at", ["person_id", "opened_at"], unique=False
        )
        batch_op.create_index(
            "ix_dialog_unfinished",
            ["person_id", "opened_at"],
            unique=False,
            sqlite_where=sa.text("status IN ('offered', 'open')"),
            postgresql_where=sa.text("status IN ('offered', 'open')"),
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
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_chat_hash",
            ["chat_hash"],
            unique=False,
            sqlite_where=sa.text("state IN ('queued', 'sending')"),
            postgresql_where=sa.text("state IN ('queued', 'sending')"),
        )
        batch_op.create_index("ix_outbox_dialog_id", ["dialog_id"], unique=False)
        batch_op.create_index(
            "ix_outbox_done_at",
            ["done_at"],
            unique=False,
            sqlite_where=sa.text("body_sealed IS NOT NULL"),
            postgresql_where=sa.text("body_sealed IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_outbox_expires_at",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("state = 'queued'"),
            postgresql_where=sa.text("state = 'queued'"),
        )
        batch_op.create_index(
            "ix_outbox_lease_until",
            ["lease_until"],
            unique=False,
            sqlite_where=sa.text("state = 'sending'"),
            postgresql_where=sa.text("state = 'sending'"),
        )
        batch_op.create_index("ix_outbox_person_id", ["person_id"], unique=False)
        batch_op.create_index(
            "ix_outbox_queued",
            ["lane", "not_before", "seq"],
            unique=False,
            sqlite_where=sa.text("state = 'queued'"),
            postgresql_where=sa.text("state = 'queued'"),
        )

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
    with op.batch_alter_table("schedule", schema=None) as batch_op:
        batch_op.create_index(
            "ix_schedule_next_due_at",
            ["next_due_at"],
            unique=False,
            sqlite_where=sa.text("next_due_at IS NOT NULL"),
            postgresql_where=sa.text("next_due_at IS NOT NULL"),
        )
        batch_op.create_index("ix_schedule_person_id", ["person_id"], unique=False)

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
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.create_index(
            "ix_answer_person_id_local_date", ["person_id", "local_date"], unique=False
        )


def downgrade() -> None:
    """One step down."""
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.drop_index("ix_answer_person_id_local_date")

    op.drop_table("answer")
    with op.batch_alter_table("schedule", schema=None) as batch_op:
        batch_op.drop_index("ix_schedule_person_id")
        batch_op.drop_index(
            "ix_schedule_next_due_at",
            sqlite_where=sa.text("next_due_at IS NOT NULL"),
            postgresql_where=sa.text("next_due_at IS NOT NULL"),
        )

    op.drop_table("schedule")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_queued",
            sqlite_where=sa.text("state = 'queued'"),
            postgresql_where=sa.text("state = 'queued'"),
        )
        batch_op.drop_index("ix_outbox_person_id")
        batch_op.drop_index(
            "ix_outbox_lease_until",
            sqlite_where=sa.text("state = 'sending'"),
            postgresql_where=sa.text("state = 'sending'"),
        )
        batch_op.drop_index(
            "ix_outbox_expires_at",
            sqlite_where=sa.text("state = 'queued'"),
            postgresql_where=sa.text("state = 'queued'"),
        )
        batch_op.drop_index(
            "ix_outbox_done_at",
            sqlite_where=sa.text("body_sealed IS NOT NULL"),
            postgresql_where=sa.text("body_sealed IS NOT NULL"),
        )
        batch_op.drop_index("ix_outbox_dialog_id")
        batch_op.drop_index(
            "ix_outbox_chat_hash",
            sqlite_where=sa.text("state IN ('queued', 'sending')"),
            postgresql_where=sa.text("state IN ('queued', 'sending')"),
        )

    op.drop_table("outbox")
    with op.batch_alter_table("dialog", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_dialog_unfinished",
            sqlite_where=sa.text("status IN ('offered', 'open')"),
            postgresql_where=sa.text("status IN ('offered', 'open')"),
        )
        batch_op.drop_index("ix_dialog_person_id_opened_at")
        batch_op.drop_index(
            "ix_dialog_expires_at",
            sqlite_where=sa.text("status IN ('offered', 'open')"),
            postgresql_where=sa.text("status IN ('offered', 'open')"),
        )

    op.drop_table("dialog")
    op.drop_table("person")
    op.drop_table("meta")
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_inbox_waiting",
            sqlite_where=sa.text("state IN ('new', 'leased')"),
            postgresql_where=sa.text("state IN ('new', 'leased')"),
        )
        batch_op.drop_index(
            "ix_inbox_lane_seq",
            sqlite_where=sa.text("state IN ('new', 'leased')"),
            postgresql_where=sa.text("state IN ('new', 'leased')"),
        )
        batch_op.drop_index(
            "ix_inbox_done_at",
            sqlite_where=sa.text("body_sealed IS NOT NULL"),
            postgresql_where=sa.text("body_sealed IS NOT NULL"),
        )

    op.drop_table("inbox")

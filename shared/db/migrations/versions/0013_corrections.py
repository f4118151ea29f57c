"""what people correct, note and tag at events, and the searches that they keep"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
CORRECTED = sa.text("as_read IS NOT NULL")


def upgrade() -> None:
    op.add_column("events", sa.Column("as_read", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    newest: list[str | sa.TextClause] = [sa.text("captured_at DESC"), sa.text("event_id DESC")]
    op.create_index("ix_events_corrected", "events", newest, unique=False, postgresql_where=CORRECTED)
    op.create_table(
        "event_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("captured_at", MOMENT, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_notes")),
    )
    op.create_index("ix_event_notes_event_id", "event_notes", ["event_id"])
    op.create_index("ix_event_notes_captured_at", "event_notes", ["captured_at"])
    op.create_table(
        "event_tags",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("captured_at", MOMENT, nullable=False),
        sa.Column("camera_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("event_id", "tag", name=op.f("pk_event_tags")),
    )
    op.create_index("ix_event_tags_tag", "event_tags", ["tag", sa.literal_column("captured_at DESC")])
    op.create_table(
        "saved_searches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        _key("user_id", "users"),
        _key("key_id", "api_keys"),
        sa.CheckConstraint("num_nonnulls(user_id, key_id) = 1", name=op.f("ck_saved_searches_owner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_searches")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_saved_searches_user_id_name")),
        sa.UniqueConstraint("key_id", "name", name=op.f("uq_saved_searches_key_id_name")),
    )


def downgrade() -> None:
    for table in ("saved_searches", "event_tags", "event_notes"):
        op.drop_table(table)
    # What was read is what an older version knows; the corrections are lost with the column.
    op.execute(
        "UPDATE events SET plate = as_read->>'plate', country = as_read->>'country', region = as_read->>'region', "
        "unread = as_read->>'unread', hits = as_read->'hits', "
        "lists = ARRAY(SELECT jsonb_array_elements_text(as_read->'lists')) WHERE as_read IS NOT NULL"
    )
    op.drop_index("ix_events_corrected", table_name="events", postgresql_where=CORRECTED)
    op.drop_column("events", "as_read")


def _key(column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_saved_searches_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete="CASCADE")

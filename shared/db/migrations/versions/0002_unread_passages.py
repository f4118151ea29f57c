"""unread passages; region, rejected alternatives and single readings of events"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON_COLUMNS = ("alternatives", "readings")


def upgrade() -> None:
    op.add_column("events", sa.Column("region", sa.Text(), server_default="", nullable=False))
    op.add_column("events", sa.Column("unread", sa.Text(), server_default="", nullable=False))
    for name in JSON_COLUMNS:
        json = postgresql.JSONB(astext_type=sa.Text())
        op.add_column("events", sa.Column(name, json, server_default=sa.text("'[]'"), nullable=False))
    op.create_check_constraint(op.f("ck_events_plate_or_unread"), "events", "plate <> '' OR unread <> ''")
    op.create_index(
        "ix_events_unread",
        "events",
        [sa.literal_column("captured_at DESC"), sa.literal_column("event_id DESC")],
        unique=False,
        postgresql_where=sa.text("unread <> ''"),
    )


def downgrade() -> None:
    op.drop_index("ix_events_unread", table_name="events", postgresql_where=sa.text("unread <> ''"))
    op.drop_constraint(op.f("ck_events_plate_or_unread"), "events")
    # What has no plate cannot be told without the column that says why.
    op.execute("DELETE FROM events WHERE plate = ''")
    for name in ("unread", "region", *JSON_COLUMNS):
        op.drop_column("events", name)

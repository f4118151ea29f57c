"""decisions of events; cool-downs; rules that name several lists"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    json = postgresql.JSONB(astext_type=sa.Text())
    op.add_column("events", sa.Column("decision", json, nullable=True))
    op.create_table(
        "cool_downs",
        sa.Column("reaction_id", sa.Uuid(), nullable=False),
        sa.Column("plate", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("fired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("reaction_id", "plate", "origin", name=op.f("pk_cool_downs")),
    )
    op.execute(
        "UPDATE reactions SET settings = settings - 'list' || "
        "jsonb_build_object('lists', jsonb_build_array(settings -> 'list')) WHERE settings ? 'list'"
    )


def downgrade() -> None:
    # A rule of today may hold more than one of yesterday could say; only its first list stays.
    kept = "ARRAY['cameras', 'directions', 'min_confidence']"
    op.execute(
        "UPDATE reactions SET settings = jsonb_build_object('list', coalesce(settings -> 'lists' -> 0, '\"any\"')) || "
        f"(SELECT coalesce(jsonb_object_agg(key, value), '{{}}') FROM jsonb_each(settings) WHERE key = ANY ({kept}))"
    )
    op.drop_table("cool_downs")
    op.drop_column("events", "decision")

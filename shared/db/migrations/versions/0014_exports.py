"""exports of events"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.create_table(
        "event_exports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("asked", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("sentence", sa.Text(), server_default="", nullable=False),
        sa.Column("total", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("size", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("sha256", sa.Text(), server_default="", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("changed_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        _key("user_id", "users"),
        _key("key_id", "api_keys"),
        sa.CheckConstraint("num_nonnulls(user_id, key_id) = 1", name=op.f("ck_event_exports_owner")),
        sa.CheckConstraint("form IN ('csv', 'xlsx', 'zip')", name=op.f("ck_event_exports_form")),
        sa.CheckConstraint("state IN ('waiting', 'done', 'failed')", name=op.f("ck_event_exports_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_exports")),
    )
    newest: list[str | sa.TextClause] = [sa.text("created_at DESC"), sa.text("id DESC")]
    op.create_index("ix_event_exports_newest", "event_exports", newest)
    op.create_index("ix_event_exports_waiting", "event_exports", ["changed_at"], postgresql_where=WAITING)


def downgrade() -> None:
    op.drop_table("event_exports")


def _key(column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_event_exports_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete="CASCADE")

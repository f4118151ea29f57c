"""what devices push that read plates themselves"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "pushes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _camera("pushes"),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("push", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("received_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("handled_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pushes")),
        sa.UniqueConstraint("camera_id", "key", name=op.f("uq_pushes_camera_id_key")),
    )
    due = sa.text("handled_at IS NULL")
    op.create_index("ix_pushes_due", "pushes", ["camera_id", "id"], postgresql_where=due)
    op.create_index("ix_pushes_received_at", "pushes", ["received_at"])
    op.create_table(
        "pushed_passages",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        _camera("pushed_passages"),
        sa.Column("car", sa.Text(), nullable=False),
        sa.Column("event", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("heard_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("lost", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_pushed_passages")),
    )
    op.create_index("ix_pushed_passages_car", "pushed_passages", ["camera_id", "car", "heard_at"])
    still = sa.text("NOT lost")
    op.create_index("ix_pushed_passages_open", "pushed_passages", ["camera_id", "heard_at"], postgresql_where=still)
    op.create_table(
        "push_contacts",
        _camera("push_contacts"),
        sa.Column("heard_at", MOMENT, nullable=False),
        sa.Column("clock_skew", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("camera_id", name=op.f("pk_push_contacts")),
    )


def downgrade() -> None:
    for table in ("push_contacts", "pushed_passages", "pushes"):
        op.drop_table(table)


def _camera(table: str) -> sa.Column[object]:
    key = sa.ForeignKey("cameras.id", name=op.f(f"fk_{table}_camera_id_cameras"), ondelete="CASCADE")
    return sa.Column("camera_id", sa.Uuid(), key, nullable=False)

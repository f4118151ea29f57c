"""imports and mirrors of lists"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "list_imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("mirrored", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("file_name", sa.Text(), server_default="", nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("strict", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _json("wish"),
        sa.Column("state", sa.Text(), server_default="planning", nullable=False),
        sa.Column("sentence", sa.Text(), server_default="", nullable=False),
        _json("report"),
        sa.Column("fingerprint", sa.Text(), server_default="", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), server_default="", nullable=False),
        _time("created_at"),
        _time("changed_at"),
        sa.CheckConstraint("mode IN ('append', 'replace')", name=op.f("ck_list_imports_mode")),
        sa.CheckConstraint(
            "state IN ('planning', 'planned', 'applying', 'applied', 'stale', 'failed', 'discarded')",
            name=op.f("ck_list_imports_state"),
        ),
        sa.ForeignKeyConstraint(["list_id"], ["lists.id"], name=op.f("fk_list_imports_list_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_imports")),
    )
    op.create_index(
        "ix_list_imports_newest",
        "list_imports",
        ["list_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
    )
    at_work = sa.text("state IN ('planning', 'applying')")
    op.create_index("ix_list_imports_at_work", "list_imports", ["changed_at"], postgresql_where=at_work)
    op.create_table(
        "list_mirrors",
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        _time("next_run_at"),
        sa.Column("last_run_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_ok", sa.Boolean(), nullable=True),
        sa.Column("last_sentence", sa.Text(), server_default="", nullable=False),
        sa.Column("last_import_id", sa.Uuid(), nullable=True),
        sa.Column("set_by", sa.Text(), nullable=False),
        _time("created_at"),
        sa.ForeignKeyConstraint(["list_id"], ["lists.id"], name=op.f("fk_list_mirrors_list_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("list_id", name=op.f("pk_list_mirrors")),
    )
    op.create_index(op.f("ix_list_mirrors_next_run_at"), "list_mirrors", ["next_run_at"])


def downgrade() -> None:
    op.drop_table("list_mirrors")
    op.drop_table("list_imports")


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False)


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)

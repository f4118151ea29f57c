"""sites that send their events here, and lists that a server sends down"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "meta_sites",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("lists", postgresql.ARRAY(sa.Uuid()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        _text("software"),
        sa.Column("registered_at", MOMENT, nullable=True),
        sa.Column("last_contact_at", MOMENT, nullable=True),
        sa.Column("clock_skew", sa.Float(), nullable=True),
        sa.Column("waiting", sa.Integer(), nullable=True),
        sa.Column("oldest_seconds", sa.Float(), nullable=True),
        _key("meta_sites", "key_id", "api_keys", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meta_sites")),
        sa.UniqueConstraint("name", name=op.f("uq_meta_sites_name")),
        sa.UniqueConstraint("key_id", name=op.f("uq_meta_sites_key_id")),
    )
    op.create_table(
        "meta_sources",
        sa.Column("camera_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), server_default="unknown", nullable=False),
        sa.Column("zones", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("registered", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        _text("state"),
        _text("message"),
        sa.Column("last_frame_at", MOMENT, nullable=True),
        _key("meta_sources", "site_id", "meta_sites", "CASCADE"),
        _key("meta_sources", "camera_id", "cameras", "CASCADE"),
        sa.PrimaryKeyConstraint("camera_id", name=op.f("pk_meta_sources")),
        sa.UniqueConstraint("site_id", "source", name=op.f("uq_meta_sources_site_id_source")),
    )
    op.create_table(
        "meta_lists",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("destination_id", sa.Uuid(), nullable=False),
        sa.Column("remote_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("match", sa.Text(), server_default="strict", nullable=False),
        _text("version"),
        _text("copied"),
        sa.Column("taken_up", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _key("meta_lists", "destination_id", "destinations", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meta_lists")),
        sa.UniqueConstraint("destination_id", "remote_id", name=op.f("uq_meta_lists_destination_id_remote_id")),
    )
    op.create_table(
        "meta_list_pages",
        sa.Column("meta_list_id", sa.Uuid(), nullable=False),
        sa.Column("first", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("entries", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        _key("meta_list_pages", "meta_list_id", "meta_lists", "CASCADE"),
        sa.PrimaryKeyConstraint("meta_list_id", "first", name=op.f("pk_meta_list_pages")),
    )
    op.add_column("list_mirrors", _text("managed_by"))
    op.add_column("list_mirrors", _text("fingerprint"))
    op.add_column("list_mirrors", sa.Column("meta_list_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_list_mirrors_meta_list_id_meta_lists"),
        *("list_mirrors", "meta_lists", ["meta_list_id"], ["id"]),
        ondelete="SET NULL",
    )
    op.create_unique_constraint(op.f("uq_list_mirrors_meta_list_id"), "list_mirrors", ["meta_list_id"])


def downgrade() -> None:
    for column in ("meta_list_id", "fingerprint", "managed_by"):
        op.drop_column("list_mirrors", column)
    for table in ("meta_list_pages", "meta_lists", "meta_sources", "meta_sites"):
        op.drop_table(table)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _key(table: str, column: str, to: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"), ondelete=ondelete)

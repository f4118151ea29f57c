"""when an event was stored; last searches and device accounts of the WebAPI"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The default is the same for all rows that exist, so PostgreSQL notes it once and rewrites nothing.
    moment = sa.DateTime(timezone=True)
    op.add_column("events", sa.Column("stored_at", moment, server_default=sa.text("now()"), nullable=False))
    op.create_table(
        "last_searches",
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("asked", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("searched_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("credential_id", name=op.f("pk_last_searches")),
    )
    op.create_table(
        "device_accounts",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_device_accounts_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_device_accounts")),
    )


def downgrade() -> None:
    op.drop_table("device_accounts")
    op.drop_table("last_searches")
    op.drop_column("events", "stored_at")

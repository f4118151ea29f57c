"""orders to barriers have a worker: their destination, their snapshot, who asked for them, and how they ended"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
STATES = "'new', 'sent', 'done', 'confirmed', 'unknown', 'failed', 'expired', 'refused'"


def upgrade() -> None:
    # Nothing ever wrote to the table: it had no worker.
    op.drop_table("commands")
    op.create_table(
        "commands",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("destination_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.Text(), server_default="open", nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("reaction_id", sa.Uuid(), nullable=True),
        sa.Column("event", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("camera", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("skeleton", sa.Text(), server_default="", nullable=False),
        sa.Column("actor", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="new", nullable=False),
        sa.Column("issued_at", MOMENT, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("seen_at", MOMENT, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("worker", sa.Uuid(), nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("interlock", sa.Text(), server_default="", nullable=False),
        sa.Column("holds_until", MOMENT, nullable=True),
        sa.Column("acted_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("result", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_commands_state")),
        sa.CheckConstraint("event_id IS NOT NULL OR reason <> ''", name=op.f("ck_commands_cause")),
        sa.ForeignKeyConstraint(
            ["destination_id"],
            ["destinations.id"],
            name=op.f("fk_commands_destination_id_destinations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commands")),
        sa.UniqueConstraint(
            "event_id", "destination_id", "action", name=op.f("uq_commands_event_id_destination_id_action")
        ),
        sa.UniqueConstraint("actor", "idempotency_key", name=op.f("uq_commands_actor_idempotency_key")),
    )
    waiting = sa.text("state = 'new'")
    op.create_index("ix_commands_new", "commands", ["destination_id", "issued_at"], postgresql_where=waiting)
    op.create_index("ix_commands_sent", "commands", ["destination_id", sa.text("sent_at DESC")])
    op.create_index("ix_commands_newest", "commands", [sa.text("issued_at DESC"), sa.text("id DESC")])
    # Its row is what a worker that is about to act and a person who locks the barriers take turns at.
    op.execute(
        """INSERT INTO settings (name, value) VALUES ('barriers_locked', '{"value": false, "reason": ""}') """
        "ON CONFLICT DO NOTHING"
    )
    op.execute(
        "UPDATE deliveries SET state = 'expired', last_error = 'Barriers open by commands now' WHERE state = 'due' "
        "AND destination_id IN (SELECT id FROM destinations WHERE kind = 'barrier')"
    )


def downgrade() -> None:
    op.drop_table("commands")
    op.create_table(
        "commands",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="new", nullable=False),
        sa.Column("issued_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("result", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "state IN ('new', 'sent', 'confirmed', 'unknown', 'failed', 'expired')", name=op.f("ck_commands_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commands")),
        sa.UniqueConstraint("event_id", "target", "action", name=op.f("uq_commands_event_id_target_action")),
    )

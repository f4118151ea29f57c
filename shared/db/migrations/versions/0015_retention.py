"""the oldest rows of the audit log may go by their age, and where the chain begins then is kept"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

REFUSE = """
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is only added to' USING ERRCODE = 'restrict_violation';
END $$
"""
REFUSE_BUT_FORGET = """
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('platewire.audit_forgets', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'the audit log is only added to' USING ERRCODE = 'restrict_violation';
END $$
"""
# The newest row always stays: the next one is chained to it. Rows go from the chain's beginning only, and none that
# is too young is passed over.
FORGET = """
CREATE FUNCTION audit_forget(oldest timestamptz, most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE last audit_chain%ROWTYPE; gone integer; ids bigint[];
BEGIN
    PERFORM pg_advisory_xact_lock(7052023);
    SELECT found.position, found.audit_id, found.hash INTO last FROM (
        SELECT link.*, bool_and(entry.at < oldest) OVER (ORDER BY link.position) AS old
        FROM (SELECT * FROM audit_chain ORDER BY position LIMIT most) AS link
        JOIN audit AS entry ON entry.id = link.audit_id
    ) AS found
    WHERE found.old AND found.position < (SELECT max(position) FROM audit_chain) ORDER BY found.position DESC LIMIT 1;
    IF last.position IS NULL THEN
        RETURN 0;
    END IF;
    PERFORM set_config('platewire.audit_forgets', 'on', true);
    WITH links AS (DELETE FROM audit_chain WHERE position <= last.position RETURNING audit_id)
        SELECT array_agg(audit_id) INTO ids FROM links;
    DELETE FROM audit WHERE id = ANY(ids);
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM set_config('platewire.audit_forgets', 'off', true);
    DELETE FROM audit_anchor;
    INSERT INTO audit_anchor (position, hash) VALUES (last.position, last.hash);
    RETURN gone;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "audit_anchor",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_anchor")),
    )
    op.execute(REFUSE_BUT_FORGET)
    op.execute(FORGET)


def downgrade() -> None:
    op.execute("DROP FUNCTION audit_forget(timestamptz, integer)")
    op.execute(REFUSE)
    op.drop_table("audit_anchor")

"""second factors, sessions, rotating keys, limits to cameras; the audit log chained and closed to changes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# What the hash of a row covers, in one form that needs nothing but the row: documented in docs/security.md.
AUDIT_HASH = """
CREATE FUNCTION audit_hash(previous bytea, entry audit) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(previous || convert_to(jsonb_build_array(
        entry.id, to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        entry.actor, entry.action, entry.subject, entry.detail
    )::text, 'UTF8'))
$$
"""
# Deferred: the lock that orders the writers is held for the moment of the commit, not for the whole transaction.
AUDIT_LINK = """
CREATE FUNCTION audit_link() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE head audit_chain%ROWTYPE;
BEGIN
    PERFORM pg_advisory_xact_lock(7052023);
    SELECT * INTO head FROM audit_chain ORDER BY position DESC LIMIT 1;
    INSERT INTO audit_chain (position, audit_id, hash)
    VALUES (coalesce(head.position, 0) + 1, NEW.id, audit_hash(coalesce(head.hash, ''), NEW));
    RETURN NULL;
END $$
"""
AUDIT_REFUSE = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is only added to' USING ERRCODE = 'restrict_violation';
END $$
"""
CHAIN_WHAT_IS_THERE = """
DO $$
DECLARE entry audit; head bytea := ''; place bigint := 0;
BEGIN
    FOR entry IN SELECT * FROM audit ORDER BY id LOOP
        place := place + 1;
        head := audit_hash(head, entry);
        INSERT INTO audit_chain (position, audit_id, hash) VALUES (place, entry.id, head);
    END LOOP;
END $$
"""


def upgrade() -> None:
    op.add_column("users", sa.Column("cameras", postgresql.ARRAY(sa.Uuid()), nullable=True))
    op.add_column("users", sa.Column("totp_secret", sa.LargeBinary(), nullable=True))
    op.add_column("users", sa.Column("totp_confirmed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("totp_used", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    codes: sa.Column[list[str]] = sa.Column(
        "recovery_codes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
    )
    op.add_column("users", codes)
    op.add_column("users", sa.Column("oidc_subject", sa.Text(), nullable=True))
    op.create_unique_constraint(op.f("uq_users_oidc_subject"), "users", ["oidc_subject"])
    row_id = sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False)
    op.add_column("sessions", row_id)
    op.create_unique_constraint(op.f("uq_sessions_id"), "sessions", ["id"])
    op.add_column("sessions", sa.Column("address", sa.Text(), server_default="", nullable=False))
    op.add_column("sessions", sa.Column("agent", sa.Text(), server_default="", nullable=False))
    op.add_column("api_keys", sa.Column("made_by", sa.Text(), server_default="", nullable=False))
    op.add_column("api_keys", sa.Column("cameras", postgresql.ARRAY(sa.Uuid()), nullable=True))
    networks: sa.Column[list[str]] = sa.Column(
        "addresses", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
    )
    op.add_column("api_keys", networks)
    op.add_column("api_keys", sa.Column("previous_hash", sa.LargeBinary(), nullable=True))
    op.add_column("api_keys", sa.Column("previous_until", sa.DateTime(timezone=True), nullable=True))
    op.create_unique_constraint(op.f("uq_api_keys_previous_hash"), "api_keys", ["previous_hash"])
    _audit()


def _audit() -> None:
    op.create_index("ix_audit_newest", "audit", [sa.text("at DESC"), sa.text("id DESC")], unique=False)
    op.create_index("ix_audit_actor", "audit", ["actor", sa.literal_column("id DESC")], unique=False)
    op.create_index("ix_audit_action", "audit", ["action", sa.literal_column("id DESC")], unique=False)
    op.create_table(
        "audit_chain",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name=op.f("fk_audit_chain_audit_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_chain")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_audit_chain_audit_id")),
    )
    op.execute("LOCK TABLE audit IN SHARE ROW EXCLUSIVE MODE")
    for statement in (AUDIT_HASH, AUDIT_LINK, AUDIT_REFUSE, CHAIN_WHAT_IS_THERE):
        op.execute(statement)
    op.execute(
        "CREATE CONSTRAINT TRIGGER audit_link AFTER INSERT ON audit"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_link()"
    )
    for table in ("audit", "audit_chain"):
        op.execute(
            f"CREATE TRIGGER {table}_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
        )


def downgrade() -> None:
    op.execute("DROP TRIGGER audit_link ON audit")
    op.execute("DROP TRIGGER audit_only_added ON audit")
    op.drop_table("audit_chain")
    for function in ("audit_link()", "audit_refuse()", "audit_hash(bytea, audit)"):
        op.execute(f"DROP FUNCTION {function}")
    for name in ("newest", "actor", "action"):
        op.drop_index(f"ix_audit_{name}", table_name="audit")
    columns = {
        "users": ("cameras", "totp_secret", "totp_confirmed_at", "totp_used", "recovery_codes", "oidc_subject"),
        "sessions": ("id", "address", "agent"),
        "api_keys": ("made_by", "cameras", "addresses", "previous_hash", "previous_until"),
    }
    for table, names in columns.items():
        for name in names:
            op.drop_column(table, name)

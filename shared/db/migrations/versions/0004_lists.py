"""lists: match modes, details of entries, hits of events; the key that finds entries; a count of changes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

LIST_TEXTS = ("colour",)
ENTRY_TEXTS = ("contact", "tag", "colour")
TABLES = ("lists", "list_entries")

# Bytes, because text is compared by the rules of a language. Its cost is far above the truth: a plan that computes the
# key of every entry must never look cheap.
LIST_KEY = """
CREATE FUNCTION list_key(entry text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 10000 AS $$
DECLARE
  key text := translate(entry, 'OQDIZSBGT', '000125867');
BEGIN
  IF key ~ '[?*]' THEN
    key := (
      SELECT '*' || left(part, 3) FROM regexp_split_to_table(key, '[?*]+') AS part ORDER BY length(part) DESC LIMIT 1
    );
  ELSE
    key := translate(key, '0123456789ACEFHJKLMNPRUVWXY', 'abcdefghababcdefghabcdefgha');
    key := regexp_replace(key, '[^abcdefgh]', 'h', 'g');
  END IF;
  RETURN convert_to(key, 'UTF8');
END
$$
"""

# Once a transaction: its own counter is the one that it wrote itself. A counter that another transaction holds is not
# waited for; when all are held, there is one more.
LISTS_CHANGED = """
CREATE FUNCTION lists_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM list_changes WHERE xmin = pg_current_xact_id()::xid) THEN
    RETURN NULL;
  END IF;
  UPDATE list_changes SET changes = changes + 1
  WHERE counter = (SELECT counter FROM list_changes LIMIT 1 FOR UPDATE SKIP LOCKED);
  IF NOT FOUND THEN
    INSERT INTO list_changes (changes) VALUES (1);
  END IF;
  RETURN NULL;
END
$$
"""


def upgrade() -> None:
    for table, names in (("lists", LIST_TEXTS), ("list_entries", ENTRY_TEXTS)):
        for name in names:
            op.add_column(table, sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column("lists", sa.Column("match", sa.Text(), server_default="strict", nullable=False))
    op.create_check_constraint(op.f("ck_lists_match"), "lists", "match IN ('strict', 'look_alike', 'one_off')")
    op.execute("UPDATE lists SET match = 'look_alike' WHERE kind = 'black'")
    json = postgresql.JSONB(astext_type=sa.Text())
    op.add_column("events", sa.Column("hits", json, server_default=sa.text("'[]'"), nullable=False))
    op.execute(LIST_KEY)
    op.create_index("ix_list_entries_key", "list_entries", [sa.literal_column("list_key(plate)")])
    op.drop_index(op.f("ix_list_entries_plate"), table_name="list_entries")
    op.create_table(
        "list_changes",
        sa.Column("counter", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("counter", name=op.f("pk_list_changes")),
    )
    op.execute(LISTS_CHANGED)
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION lists_changed()"
        )


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TRIGGER changed ON {table}")
    op.execute("DROP FUNCTION lists_changed")
    op.drop_table("list_changes")
    op.create_index(op.f("ix_list_entries_plate"), "list_entries", ["plate"], unique=False)
    op.drop_index("ix_list_entries_key", table_name="list_entries")
    op.execute("DROP FUNCTION list_key")
    op.drop_column("events", "hits")
    op.drop_constraint(op.f("ck_lists_match"), "lists")
    op.drop_column("lists", "match")
    for table, names in (("lists", LIST_TEXTS), ("list_entries", ENTRY_TEXTS)):
        for name in names:
            op.drop_column(table, name)

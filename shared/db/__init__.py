"""PostgreSQL, the only truth: sessions, tables, migrations, and the queries that several services share."""

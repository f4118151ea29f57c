"""Reading one posted picture while the caller waits."""

"""Deliveries: what was told to whom, and telling it again."""

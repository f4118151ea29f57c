"""Saved searches: what somebody looks for again and again, under a name of their own."""

"""Reactions: when a vehicle of this kind passes, tell this destination."""

"""The live feed: events as they happen, by server-sent events."""

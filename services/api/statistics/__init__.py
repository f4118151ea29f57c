"""Statistics: what a dashboard shows of a span of time: passages, vehicles, recognition and deliveries."""

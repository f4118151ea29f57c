"""Notes that people leave at events."""

"""Retention: what is deleted by its age, each night and in small steps."""

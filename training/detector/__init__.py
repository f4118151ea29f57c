"""Trains the plate detector from nothing: labelled photos, rendered plates put into them, no foreign weights."""

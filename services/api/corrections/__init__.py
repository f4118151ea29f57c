"""Corrections: a person says what the plate really was; what was read is kept beside it."""

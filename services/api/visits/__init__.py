"""Visits: when and where a vehicle was seen before, and when it usually comes and goes."""

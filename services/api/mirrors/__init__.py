"""Mirrors: lists that are copied from elsewhere by the clock."""

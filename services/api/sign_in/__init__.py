"""Signing in and out of the pages, and who one is."""

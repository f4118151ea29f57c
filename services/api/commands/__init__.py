"""Barriers: opening one by hand, and how far every order has come."""

"""Tells outside systems what passed: one folder per kind of system, and one engine that drives them all.

Every sub-folder except `engine` is an integration, found by its name and never registered anywhere.
"""

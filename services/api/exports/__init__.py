"""Exports of events: a search or a selection as a table or with pictures, written by a job, fetched as a file."""

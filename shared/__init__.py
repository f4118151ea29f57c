"""Vocabulary and plumbing of every service: what the five nouns are and how they travel."""

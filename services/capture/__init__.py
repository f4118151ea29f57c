"""Turns cameras, files and pictures into frames, and nothing else: it knows nothing of plates."""

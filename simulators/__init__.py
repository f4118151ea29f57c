"""Peers of a site as processes or in tests: they record what arrives, byte by byte, and misbehave when asked to.

They know nothing of Platewire's own code, so that a misunderstanding is not shared by both sides.
"""

"""Cameras: where frames come from, how they are read, and how each camera is doing."""

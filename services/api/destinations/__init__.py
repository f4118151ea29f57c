"""Destinations: the outside systems, with settings of their integration's shape."""

"""Lists of plates and their entries."""

"""People who sign in: added, changed and taken away by admins."""

"""Keys for machines: made and taken away by admins, shown once."""

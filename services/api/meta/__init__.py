"""Meta: other sites send their events here by a connection key, and pull lists that they are granted (docs/meta.md)."""

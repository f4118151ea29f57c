"""Reads become events, and events become what must happen because of them."""

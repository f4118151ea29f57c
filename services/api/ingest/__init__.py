"""Devices of other makers, and other sites, push what they read; each form of push is one file in `forms`."""

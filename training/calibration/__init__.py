"""Measures what the cascade's confidences are worth, so that they can be told as they are."""

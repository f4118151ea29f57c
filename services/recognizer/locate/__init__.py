"""Engines that find where text that may be a plate stands in a picture; one file each."""

"""Engines that read what stands on a straightened crop; one file each."""

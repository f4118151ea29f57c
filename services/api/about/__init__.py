"""What this site runs: its version, its networks, and the packages that it is built of."""

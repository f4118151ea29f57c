"""Which rules fire for a vehicle and why the others do not. Pure: the reactor acts on it, a dry run only counts."""

"""Events: vehicles that passed, newest first, with their pictures."""

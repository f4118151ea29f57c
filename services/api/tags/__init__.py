"""Tags: short words at events, one set for the whole site."""

"""Why something happened because of an event, or did not."""

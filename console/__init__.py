"""The `platewire` command: the only place that may put several services together."""

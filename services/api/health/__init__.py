"""Whether the parts that Platewire needs answer."""

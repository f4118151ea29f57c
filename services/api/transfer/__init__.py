"""Lists as files: importing them by way of a plan, and exporting them."""

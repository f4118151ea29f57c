"""Settings of the whole site: its time zone, and the switch that locks all barriers."""

"""The plate reader: a small network that reads one row of plate text, trained on drawn and real crops."""

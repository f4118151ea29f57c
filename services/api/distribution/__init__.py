"""Distribution: how many events a search finds, by time and by camera, for the rail beside its results."""

"""Finding events: one set of criteria, one way to the rows, for the pages, the REST API and the WebAPI."""

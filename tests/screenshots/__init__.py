"""The pictures of the docs, taken of a site with a made-up fortnight: `make screenshots`."""

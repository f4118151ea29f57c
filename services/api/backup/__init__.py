"""The site's configuration as one encrypted file: made, compared with the site, and restored."""

"""A site's configuration as one encrypted, signed file: how it is written, read, compared with a site and applied.

`container` is the file's form, `content` what of the database is in it, `plan` the difference to a site, `restore` what
makes the site so. docs/backup.md describes the form for who wants to read it without Platewire.
"""

"""What plates look like per country (formats.toml) and how a raw text becomes one of them."""

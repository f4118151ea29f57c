"""The pages: compiled from `pages/` and served as files that hold nothing of the site."""

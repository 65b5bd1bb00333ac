"""Training pictures of atom labels and lines of text."""

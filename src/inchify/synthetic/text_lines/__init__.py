"""Training pictures of atom labels and text lines."""

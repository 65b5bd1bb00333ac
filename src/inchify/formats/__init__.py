"""Predictions as text: rows of tables, records of SDF files, SVG. Open to all, needs only types."""

"""HTML pages, overlays and contact sheets."""

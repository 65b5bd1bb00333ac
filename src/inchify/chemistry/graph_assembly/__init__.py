"""Molecular graph assembly: from atom and bond candidates to the likeliest valid graphs."""

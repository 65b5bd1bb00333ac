"""inchify reads drawn molecules: a picture goes in, its InChI comes out."""

__version__ = "0.1.0"

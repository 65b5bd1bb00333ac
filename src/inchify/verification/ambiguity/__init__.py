"""Other molecules that the same picture may show."""

"""Small inputs of known kinds with known answers, redrawn."""

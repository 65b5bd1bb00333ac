"""Training of the graph reader: a dense network that sees atoms and bonds."""

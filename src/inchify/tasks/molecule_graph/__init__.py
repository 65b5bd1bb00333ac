"""Training of the graph reader, a dense network for atoms and bonds."""

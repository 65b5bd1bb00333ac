"""Pictures in, maps of what stands where out: the networks of the graph reader and page finder."""

"""Dense networks of the graph reader and the molecule detector: pictures to maps."""

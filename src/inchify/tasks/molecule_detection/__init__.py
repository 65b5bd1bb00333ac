"""Training of the molecule detector, a dense network on pages."""

"""Picture files and tables of predictions."""

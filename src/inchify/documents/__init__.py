"""Pages of papers and patents: what stands where, whose ink is whose, which label means which."""

"""Competition runs: candidates, submissions, ensembles and their board."""

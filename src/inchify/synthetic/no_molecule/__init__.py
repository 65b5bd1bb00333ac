"""Pictures without a molecule, from which a reader learns to refuse: see ``draw.py``."""

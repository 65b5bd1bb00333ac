"""Texts of atom labels and where bonds end at them."""

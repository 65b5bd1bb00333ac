"""Kills, busy machines and long documents."""

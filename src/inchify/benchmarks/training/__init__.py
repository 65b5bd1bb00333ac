"""Trainings that must learn, in minutes."""

"""Processes in which chemistry and drawing may crash, hang or be killed."""

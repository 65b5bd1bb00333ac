"""Whether verified answers are right."""

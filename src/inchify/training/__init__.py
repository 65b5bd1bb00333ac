"""The trainer: from a task and settings to a run folder of checkpoints and logs."""

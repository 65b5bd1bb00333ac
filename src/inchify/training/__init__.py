"""A task and settings come in, a run folder of checkpoints and logs comes out."""

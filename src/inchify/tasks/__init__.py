"""One file a job: data, network, loss, decoding and metric are wired here and nowhere else."""

from inchify.tasks.sequence.settings import SequenceSettings, load_settings

__all__ = ["SequenceSettings", "load_settings"]

"""Nouns and protocols shared by several packages."""

from inchify.types.graphs import BondKind, Box, GraphAtom, GraphBond, MoleculeGraph, mapped_box
from inchify.types.pages import LineKind, Page, Region, TextLine
from inchify.types.predictions import Candidate, Prediction, Reader
from inchify.types.training import (
    AnyBatch,
    Batch,
    Hypothesis,
    LossSum,
    Memory,
    Sample,
    StepDecoder,
    Task,
    TrainingBatch,
)

__all__ = [
    "AnyBatch",
    "Batch",
    "BondKind",
    "Box",
    "Candidate",
    "GraphAtom",
    "GraphBond",
    "Hypothesis",
    "LineKind",
    "LossSum",
    "Memory",
    "MoleculeGraph",
    "Page",
    "Prediction",
    "Reader",
    "Region",
    "Sample",
    "StepDecoder",
    "Task",
    "TextLine",
    "TrainingBatch",
    "mapped_box",
]

"""inchify reads drawn molecules from pictures and pages.

``MoleculeReader`` reads a picture of a molecule, ``DocumentReader`` whole pages, ``verify`` checks
a known molecule against its picture. Nothing heavy is imported before one of them is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inchify.documents.document_reader import (
        Document,
        DocumentMolecule,
        DocumentPage,
        DocumentReader,
    )
    from inchify.readers.molecule_reader import MoleculeReader, verify
    from inchify.types import GraphAtom, GraphBond, MoleculeGraph, Prediction
    from inchify.verification.result import Disagreement, VerificationResult

__version__ = "0.1.0"

__all__ = [
    "Disagreement",
    "Document",
    "DocumentMolecule",
    "DocumentPage",
    "DocumentReader",
    "GraphAtom",
    "GraphBond",
    "MoleculeGraph",
    "MoleculeReader",
    "Prediction",
    "VerificationResult",
    "__version__",
    "verify",
]

_HOMES = {
    "Disagreement": "inchify.verification.result",
    "Document": "inchify.documents.document_reader",
    "DocumentMolecule": "inchify.documents.document_reader",
    "DocumentPage": "inchify.documents.document_reader",
    "DocumentReader": "inchify.documents.document_reader",
    "GraphAtom": "inchify.types",
    "GraphBond": "inchify.types",
    "MoleculeGraph": "inchify.types",
    "MoleculeReader": "inchify.readers.molecule_reader",
    "Prediction": "inchify.types",
    "VerificationResult": "inchify.verification.result",
    "verify": "inchify.readers.molecule_reader",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

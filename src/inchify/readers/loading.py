"""Networks of weights folders: exported ones with onnxruntime, checkpoints with PyTorch.

PyTorch is imported only where a folder holds no exported network.
"""

from __future__ import annotations

from pathlib import Path

from inchify.readers.networks import (
    LoadedBondClassifier,
    LoadedDetector,
    LoadedGraphNetwork,
    LoadedLineDetector,
    LoadedLineRecognizer,
    is_onnx,
)


def load_graph(folder: Path, *, threads: int = 1, device: str = "auto") -> LoadedGraphNetwork:
    """The network of a graph reader.

    Args:
        folder: A weights folder, a run folder or a checkpoint.
        threads: With how many onnxruntime computes.
        device: Where PyTorch computes; "auto" takes a GPU where there is one.

    Raises:
        ValueError: There is none, or it is damaged or of another task.
    """
    if is_onnx(folder):
        from inchify.readers.onnx.dense import load_onnx_graph

        return load_onnx_graph(folder, threads=threads)
    need_torch(folder)
    from inchify.readers.torch_networks import load_torch_graph

    return load_torch_graph(folder, device)


def load_detector(folder: Path, *, threads: int = 1) -> LoadedDetector:
    """The network of a detector of molecules; as ``load_graph``."""
    if is_onnx(folder):
        from inchify.readers.onnx.dense import load_onnx_detector

        return load_onnx_detector(folder, threads=threads)
    need_torch(folder)
    from inchify.readers.torch_networks import load_torch_detector

    return load_torch_detector(folder)


def load_bond_classifier(folder: Path, *, threads: int = 1) -> LoadedBondClassifier:
    """The network of a bond classifier; as ``load_graph``."""
    if is_onnx(folder):
        from inchify.readers.onnx.bonds import load_onnx_bond_classifier

        return load_onnx_bond_classifier(folder, threads=threads)
    need_torch(folder)
    from inchify.readers.torch_networks import load_torch_bond_classifier

    return load_torch_bond_classifier(folder)


def load_recognizer(folder: Path, *, threads: int = 1) -> LoadedLineRecognizer:
    """The network of a line recognizer; as ``load_graph``."""
    if is_onnx(folder):
        from inchify.readers.onnx.text import load_onnx_recognizer

        return load_onnx_recognizer(folder, threads=threads)
    need_torch(folder)
    from inchify.readers.torch_networks import load_torch_recognizer

    return load_torch_recognizer(folder)


def load_line_detector(folder: Path, *, threads: int = 1) -> LoadedLineDetector:
    """The network of a line detector; as ``load_graph``."""
    if is_onnx(folder):
        from inchify.readers.onnx.text import load_onnx_line_detector

        return load_onnx_line_detector(folder, threads=threads)
    need_torch(folder)
    from inchify.readers.torch_networks import load_torch_line_detector

    return load_torch_line_detector(folder)


def need_torch(what: object) -> None:
    """Raises ValueError naming ``what`` needs PyTorch, where it is not installed."""
    from importlib.util import find_spec

    if find_spec("torch") is None:
        raise ValueError(
            f"{what}: needs PyTorch, which is not installed here (pip install 'inchify[train]')"
        )

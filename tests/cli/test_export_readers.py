"""export of finders and readers of lines: onnxruntime says what PyTorch says, at every size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from inchify.data.line_pictures import padded
from inchify.export import jobs as export_jobs
from inchify.export.export import JOBS, Calibration, export_network
from inchify.readers.line_detector import LineDetector
from inchify.readers.line_recognizer import LineRecognizer
from inchify.readers.molecule_detector import MoleculeDetector
from inchify.readers.onnx.bonds import load_onnx_bond_classifier
from inchify.readers.onnx.dense import load_onnx_detector, load_onnx_graph
from inchify.readers.onnx.text import (
    OnnxCrnn,
    load_onnx_line_detector,
    load_onnx_recognizer,
)
from inchify.readers.torch_networks import (
    TorchMaps,
    bond_classifier_of,
    line_detector_of,
    recognizer_of,
)
from inchify.tasks.bond_kind.settings import load_bond_kind_settings
from inchify.tasks.bond_kind.task import (
    BondKindTask,
    build_bond_kind_network,
    load_bond_kind_network,
)
from inchify.tasks.molecule_detection.settings import load_region_settings
from inchify.tasks.molecule_detection.task import (
    RegionTask,
    build_region_network,
    load_region_network,
)
from inchify.tasks.text_detection.settings import load_text_line_settings
from inchify.tasks.text_detection.task import (
    TextLineTask,
    build_text_line_network,
    load_text_line_network,
)
from inchify.tasks.text_recognition.data import LineDrawer
from inchify.tasks.text_recognition.settings import load_text_settings
from inchify.tasks.text_recognition.task import TextTask, build_text_network, load_text_network
from inchify.training.checkpoint import save_best

ROOT = Path(__file__).parents[2]
TINY = ROOT / "configs" / "tiny"
SAMPLE = ROOT / "input" / "sample" / "molecules.smi.gz"
FEW = 6
# of an int8 network's outputs: the mean difference as a share of their standard deviation
CLOSE = 0.15


def task_named(name: str) -> RegionTask | TextTask | TextLineTask:
    """A task with a tiny network, whose batch norms have statistics as after a training."""
    if name == "regions":
        settings = load_region_settings(TINY / "regions.yaml", [f"data.molecules={SAMPLE}"])
        return RegionTask(settings, build_region_network(settings))
    if name == "text_lines":
        lines = load_text_line_settings(TINY / "ctpn_light.yaml", [f"data.molecules={SAMPLE}"])
        return TextLineTask(lines, build_text_line_network(lines))
    words = ["network.hidden=8"] if name == "text_paper" else []
    text = load_text_settings(TINY / f"{name}.yaml", words)
    return TextTask(text, build_text_network(text))


def settled(network: nn.Module) -> nn.Module:
    generator = torch.Generator().manual_seed(3)
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            assert part.running_mean is not None and part.running_var is not None
            part.running_mean.uniform_(-0.1, 0.1, generator=generator)
            part.running_var.uniform_(0.2, 1.0, generator=generator)
    return network


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """NAME/best and, once asked for, NAME-onnx and NAME-int8, calibrated on few pictures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export_jobs, "MIN_PICTURES", FEW)
        yield tmp_path_factory.mktemp("exported")


def exported(home: Path, name: str, numbers: str) -> Path:
    target = home / f"{name}-{numbers}"
    if not (home / name).exists():
        task = task_named(name)
        weights = settled(task.network).state_dict()
        save_best(home / name, weights, {"task": task.describe()})
    if not target.exists():
        how = Calibration(molecules=SAMPLE, pictures=FEW)
        export_network(home / name, target, numbers, how)  # type: ignore[arg-type]
    return target


def difference(wanted: np.ndarray, found: np.ndarray) -> tuple[float, float]:
    assert found.shape == wanted.shape
    apart = np.abs(found - wanted)
    return float(apart.max()), float(apart.mean() / wanted.std())


def intensity(height: int, width: int) -> np.ndarray:
    generator = np.random.default_rng(height + width)
    return generator.integers(256, size=(height, width)).astype(np.uint8)


@pytest.mark.parametrize("numbers", ["onnx", "int8"])
def test_finder_of_drawings(home: Path, numbers: str) -> None:
    folder = exported(home, "regions", numbers)
    network, other = load_region_network(home / "regions"), load_onnx_detector(folder)
    known = network.settings.data.dots_per_inch, network.settings.period
    assert (other.dots_per_inch, other.period) == known
    for side in ((32, 64), (96, 224), (288, 160)):
        wanted = TorchMaps(network.network).maps(intensity(*side))
        worst, mean = difference(wanted, other.network.maps(intensity(*side)))
        assert worst < 1e-3 if numbers == "onnx" else mean < CLOSE
    page = intensity(300, 200)
    found = MoleculeDetector.load(folder).analyze(page, 100)
    usual = MoleculeDetector.load(home / "regions").analyze(page, 100)
    assert np.abs(found.chances - usual.chances).max() < (1e-3 if numbers == "onnx" else 0.2)


@pytest.mark.parametrize(
    ("name", "numbers"),
    [("text_label", "onnx"), ("text_label", "int8"), ("text_paper", "onnx")],
)
def test_reader_of_lines(home: Path, name: str, numbers: str) -> None:
    folder = exported(home, name, numbers)
    network, other = load_text_network(home / name), load_onnx_recognizer(folder)
    same = recognizer_of(network)
    for part in ("alphabet", "source", "shape", "ctc"):
        assert getattr(other, part) == getattr(same, part)
    assert isinstance(other.network, OnnxCrnn)
    images, widths = padded([intensity(32, width) for width in (8, 31, 33, 130)])
    with torch.inference_mode():
        wanted_BTV = network.network(torch.from_numpy(images), torch.tensor(widths)).numpy()
    columns = network.network.columns(torch.tensor(widths)).tolist()
    for wanted, found, count in zip(
        wanted_BTV, other.network.log_probs(images, widths), columns, strict=True
    ):
        worst, mean = difference(wanted[:count], found)
        assert worst < 1e-3 if numbers == "onnx" else mean < CLOSE
    drawer = LineDrawer(network.settings)
    crops = [drawer.draw(np.random.default_rng([5, number])).intensity for number in range(4)]
    read = LineRecognizer.load(folder).read([*crops, np.zeros((20, 30), np.uint8)])
    assert read[-1] == ("", 0.0)
    if numbers == "onnx":
        usual = LineRecognizer.load(home / name).read(crops)
        assert [text for text, _ in read[:-1]] == [text for text, _ in usual]
        assert [sure for _, sure in read[:-1]] == pytest.approx([sure for _, sure in usual], 1e-2)


@pytest.mark.parametrize("numbers", ["onnx", "int8"])
def test_finder_of_lines(home: Path, numbers: str) -> None:
    folder = exported(home, "text_lines", numbers)
    network, other = load_text_line_network(home / "text_lines"), load_onnx_line_detector(folder)
    same = line_detector_of(network)
    assert (other.dots_per_inch, other.lines) == (same.dots_per_inch, same.lines)
    for side in ((32, 48), (96, 224), (288, 160), (40, 50)):
        wanted, found = same.network.maps(intensity(*side)), other.network.maps(intensity(*side))
        assert wanted[3:] == found[3:]
        for one, another in zip(wanted[:3], found[:3], strict=True):
            assert isinstance(one, np.ndarray) and isinstance(another, np.ndarray)
            worst, mean = difference(one, another)
            assert worst < 1e-3 if numbers == "onnx" else mean < CLOSE
    page = intensity(300, 200)
    lines = LineDetector.load(folder).find(page)
    if numbers == "onnx":
        assert len(lines) == len(LineDetector.load(home / "text_lines").find(page))


def test_classifier_of_bonds(tmp_path: Path) -> None:
    words = [f"data.drawings.molecules={SAMPLE}"]
    settings = load_bond_kind_settings(TINY / "bond_kind.yaml", words)
    task = BondKindTask(settings, build_bond_kind_network(settings))
    task.network.share_K.uniform_(0.01, 0.2)
    save_best(tmp_path / "bonds", task.network.state_dict(), {"task": task.describe()})
    how = Calibration(molecules=SAMPLE)
    export_network(tmp_path / "bonds", tmp_path / "onnx", "onnx", how)
    found = load_onnx_bond_classifier(tmp_path / "onnx")
    wanted = bond_classifier_of(load_bond_kind_network(tmp_path / "bonds"))
    assert found.kinds == wanted.kinds and np.array_equal(found.shares, wanted.shares)
    generator = np.random.default_rng(1)
    for count in (1, 2, 7):
        patches = generator.integers(256, size=(count, *task.network.size)).astype(np.uint8)
        measures = generator.normal(size=(count, task.network.scalars)).astype(np.float32)
        worst, _ = difference(
            wanted.network.logits(patches, measures), found.network.logits(patches, measures)
        )
        assert worst < 1e-3
    with pytest.raises(ValueError, match="too small to gain from int8"):
        export_network(tmp_path / "bonds", tmp_path / "int8", "int8", how)


@pytest.mark.parametrize("name", ["text_label", "text_lines"])
def test_int8_is_static_in_convolutions_and_dynamic_in_lstms(home: Path, name: str) -> None:
    graph = onnx.load(exported(home, name, "int8") / "network.onnx").graph
    made_by = {output: node for node in graph.node for output in node.output}
    whole = [
        node
        for node in graph.node
        if node.op_type in ("Conv", "MatMul")
        and getattr(made_by.get(node.input[1]), "op_type", "") != "DequantizeLinear"
    ]
    kinds = {node.op_type for node in graph.node}
    assert "DynamicQuantizeLSTM" in kinds and "LSTM" not in kinds and "ConvInteger" not in kinds
    # the first convolution and the last layers: letters, or score, vertical and side
    assert len(whole) == (2 if name == "text_label" else 4)
    assert whole[0].input[0] == graph.input[0].name


def test_what_cannot_be_exported_says_what_can(home: Path, tmp_path: Path) -> None:
    assert list(JOBS) == ["bond_kind", "graph", "regions", "text", "text_lines"]
    task = task_named("sar")
    save_best(tmp_path / "sar", task.network.state_dict(), {"task": task.describe()})
    how = Calibration(molecules=SAMPLE)
    with pytest.raises(ValueError, match="'sar'; only 'crnn'"):
        export_network(tmp_path / "sar", tmp_path / "no", "onnx", how)
    other = {"task": "poems", "settings": {}}
    save_best(tmp_path / "poems", task.network.state_dict(), {"task": other})
    with pytest.raises(
        ValueError, match=r"'poems'; .*: bond_kind, graph, regions, text, text_lines"
    ):
        export_network(tmp_path / "poems", tmp_path / "no", "onnx", how)
    folder = exported(home, "text_label", "onnx")
    with pytest.raises(ValueError, match="'text'; a graph reader is needed"):
        load_onnx_graph(folder)
    with pytest.raises(ValueError, match="'text'; a regions reader is needed"):
        MoleculeDetector.load(folder)

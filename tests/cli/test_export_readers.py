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
from inchify.readers.line_detector import TextLineFinder
from inchify.readers.line_recognizer import TextReader
from inchify.readers.onnx.dense import load_onnx_network, load_onnx_regions
from inchify.readers.onnx.text import load_onnx_text, load_onnx_text_lines
from inchify.readers.region_detector import RegionFinder
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
        patch.setattr(export_jobs, "LEAST_PICTURES", FEW)
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


def difference(wanted: torch.Tensor, found: torch.Tensor) -> tuple[float, float]:
    assert found.shape == wanted.shape
    apart = (found - wanted).abs()
    return apart.max().item(), apart.mean().item() / wanted.std().item()


def ink(height: int, width: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(height + width)
    return torch.randint(0, 256, (1, 1, height, width), generator=generator, dtype=torch.uint8)


@torch.inference_mode()
@pytest.mark.parametrize("numbers", ["onnx", "int8"])
def test_finder_of_drawings(home: Path, numbers: str) -> None:
    folder = exported(home, "regions", numbers)
    network, other = load_region_network(home / "regions"), load_onnx_regions(folder)
    assert other.settings == network.settings
    for side in ((32, 64), (96, 224), (288, 160)):
        wanted = network.network(ink(*side) / 255.0).maps_BCHW
        worst, mean = difference(wanted, other.network(ink(*side)).maps_BCHW)
        assert worst < 1e-3 if numbers == "onnx" else mean < CLOSE
    page = ink(300, 200)[0, 0].numpy()
    found = RegionFinder.load(folder).look(page, 100)
    usual = RegionFinder.load(home / "regions").look(page, 100)
    assert np.abs(found.chances - usual.chances).max() < (1e-3 if numbers == "onnx" else 0.2)


@torch.inference_mode()
@pytest.mark.parametrize(
    ("name", "numbers"),
    [("text_label", "onnx"), ("text_label", "int8"), ("text_paper", "onnx")],
)
def test_reader_of_lines(home: Path, name: str, numbers: str) -> None:
    folder = exported(home, name, numbers)
    network, other = load_text_network(home / name), load_onnx_text(folder)
    assert (other.alphabet, other.settings) == (network.alphabet, network.settings)
    lines = [ink(32, width)[0, 0].numpy() for width in (8, 31, 33, 130)]
    images_BCHW, widths_B = padded(lines)
    columns_B = network.network.columns(widths_B)
    assert other.network.columns(widths_B).tolist() == columns_B.tolist()
    wanted_BTV = network.network(images_BCHW, widths_B)
    found_BTV = other.network(images_BCHW, widths_B)
    for wanted, found, count in zip(wanted_BTV, found_BTV, columns_B.tolist(), strict=True):
        worst, mean = difference(wanted[:count], found[:count])
        assert worst < 1e-3 if numbers == "onnx" else mean < CLOSE
    drawer = LineDrawer(network.settings)
    crops = [drawer.draw(np.random.default_rng([5, number])).ink for number in range(4)]
    read = TextReader.load(folder).read([*crops, np.zeros((20, 30), np.uint8)])
    assert read[-1] == ("", 0.0)
    if numbers == "onnx":
        usual = TextReader.load(home / name).read(crops)
        assert [text for text, _ in read[:-1]] == [text for text, _ in usual]
        assert [sure for _, sure in read[:-1]] == pytest.approx([sure for _, sure in usual], 1e-2)


@torch.inference_mode()
@pytest.mark.parametrize("numbers", ["onnx", "int8"])
def test_finder_of_lines(home: Path, numbers: str) -> None:
    folder = exported(home, "text_lines", numbers)
    network, other = load_text_line_network(home / "text_lines"), load_onnx_text_lines(folder)
    assert other.settings == network.settings
    assert other.network.stride == network.network.stride
    for side in ((32, 48), (96, 224), (288, 160)):
        wanted, found = network.network(ink(*side)), other.network(ink(*side))
        for one, another in zip(wanted, found, strict=True):
            worst, mean = difference(one, another)
            assert worst < 1e-3 if numbers == "onnx" else mean < CLOSE
    page = ink(300, 200)[0, 0].numpy()
    lines = TextLineFinder.load(folder).find(page)
    if numbers == "onnx":
        assert len(lines) == len(TextLineFinder.load(home / "text_lines").find(page))
    with pytest.raises(ValueError, match="sides that 16 divides"):
        other.network(ink(40, 48))


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
    assert list(JOBS) == ["graph", "regions", "text", "text_lines"]
    task = task_named("sar")
    save_best(tmp_path / "sar", task.network.state_dict(), {"task": task.describe()})
    how = Calibration(molecules=SAMPLE)
    with pytest.raises(ValueError, match="'sar'; only 'crnn'"):
        export_network(tmp_path / "sar", tmp_path / "no", "onnx", how)
    other = {"task": "poems", "settings": {}}
    save_best(tmp_path / "poems", task.network.state_dict(), {"task": other})
    with pytest.raises(ValueError, match=r"'poems'; .*: graph, regions, text, text_lines"):
        export_network(tmp_path / "poems", tmp_path / "no", "onnx", how)
    folder = exported(home, "text_label", "onnx")
    with pytest.raises(ValueError, match="'text'; a graph reader is needed"):
        load_onnx_network(folder)
    with pytest.raises(ValueError, match="'text'; a regions reader is needed"):
        RegionFinder.load(folder)

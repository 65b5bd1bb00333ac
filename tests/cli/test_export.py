"""export: what onnxruntime reads is the network, in float32 exactly and in int8 nearly."""

from __future__ import annotations

import subprocess
import sys
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from inchify.export.compact import compact
from inchify.export.export import Calibration, export_network, job_of
from inchify.export.int8 import int8_of
from inchify.io.tensor_folders import CheckpointError
from inchify.models.dense.network import DenseNetwork
from inchify.readers.graph import GraphReader
from inchify.readers.onnx.dense import load_onnx_graph
from inchify.readers.onnx.session import open_session
from inchify.readers.torch_networks import TorchMaps
from inchify.tasks.molecule_graph.data import training_picture
from inchify.tasks.molecule_graph.settings import load_graph_settings
from inchify.tasks.molecule_graph.task import (
    GraphTask,
    build_graph_network,
    load_graph_network,
    padded,
)
from inchify.training.checkpoint import save_best

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "input" / "sample" / "molecules.smi.gz"
CALIBRATION = Calibration(molecules=SAMPLE, pictures=100)
KINDS = ("graph", "graph_pspnet_student")


def checkpoint(folder: Path, name: str) -> Path:
    """A tiny network with statistics of drawings, saved as a training would."""
    words = [
        f"data.molecules={SAMPLE}",
        "data.styles.rdkit=0",
        "data.styles.indigo=0",
        # few layers: how long an export takes goes by their number
        "network.options.layers=[1,1,1,1]",
        "network.options.channels=[8,8,8,8]",
    ]
    settings = load_graph_settings(ROOT / "configs" / "tiny" / f"{name}.yaml", words)
    task = GraphTask(settings, build_graph_network(settings))
    network = task.network.train()
    with torch.no_grad():
        for batch in islice(task.batches(0, start=0, rank=0, world=1), 2):
            network(batch.images_BCHW / 255.0)
    return save_best(folder / name, network.state_dict(), {"task": task.describe()})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Checkpoints and what was exported from them: NAME/best, NAME-onnx, NAME-int8."""
    home = tmp_path_factory.mktemp("export")
    for name in KINDS:
        checkpoint(home, name)
        export_network(home / name, home / f"{name}-onnx", "onnx", CALIBRATION)
    export_network(home / KINDS[0], home / f"{KINDS[0]}-int8", "int8", CALIBRATION)
    return home


def network_of(folder: Path) -> DenseNetwork:
    return load_graph_network(folder).network


def drawn(number: int, side: tuple[int, int] | None = None) -> np.ndarray:
    """A drawn picture as the network takes it, or cut and padded to a size."""
    from inchify.synthetic.molecules.library import MoleculeLibrary
    from inchify.synthetic.style_mix import StyleMix
    from inchify.tasks.molecule_graph.settings import GraphDataSettings

    data = GraphDataSettings(styles=StyleMix(rdkit=0.0, indigo=0.0))
    library = MoleculeLibrary.load(SAMPLE)
    intensity = training_picture(library, data, np.random.default_rng([9, number])).intensity
    if side is not None:
        canvas = np.zeros(side, np.uint8)
        canvas[: intensity.shape[0], : intensity.shape[1]] = intensity[: side[0], : side[1]]
        return canvas
    return padded(intensity, 32, 8)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("side", [(32, 32), (96, 224), (288, 160)])
def test_float32_is_the_network_at_every_size(
    folder: Path, name: str, side: tuple[int, int]
) -> None:
    """Bins of the whole picture are where exporters go wrong: they keep the traced size."""
    network, exported = network_of(folder / name), load_onnx_graph(folder / f"{name}-onnx")
    assert exported.network.layout == network.layout
    assert (exported.network.stride, exported.network.multiple) == (network.stride, 32)
    random = np.random.default_rng(0).integers(256, size=side).astype(np.uint8)
    for picture in (random, drawn(1, side)):
        wanted, found = TorchMaps(network).maps(picture), exported.network.maps(picture)
        assert found.shape == wanted.shape
        assert np.abs(found - wanted).max() < 1e-3


def test_int8_is_near_and_the_same_for_the_same_seed(folder: Path) -> None:
    name = KINDS[0]
    network, exported = network_of(folder / name), load_onnx_graph(folder / f"{name}-int8")
    about = exported.description["network"]
    assert about["numbers"] == "int8" and about["calibration"]["pictures"] == 100
    assert 0 < about["calibration"]["difference"] < 0.1
    for number in range(3):
        picture = drawn(number)
        wanted, found = TorchMaps(network).maps(picture), exported.network.maps(picture)
        assert np.abs(found - wanted).mean() < 0.1 * wanted.std()
    # the same trace and the same drawings make the same bytes
    job = job_of(folder / name)
    again = int8_of(job.trace(), job.pictures(CALIBRATION, CALIBRATION.pictures), first=job.first)
    assert again == (folder / f"{name}-int8" / "network.onnx").read_bytes()


def test_int8_leaves_the_first_convolution_and_the_head_alone(folder: Path) -> None:
    import onnx

    graph = onnx.load(folder / f"{KINDS[0]}-int8" / "network.onnx").graph
    made_by = {output: node for node in graph.node for output in node.output}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]

    def in_int8(node: onnx.NodeProto) -> bool:
        weight = made_by.get(node.input[1])
        return weight is not None and weight.op_type == "DequantizeLinear"

    whole = [node for node in convolutions if not in_int8(node)]
    assert len(whole) == 2 and len(convolutions) > 8
    assert whole[0].input[0] == graph.input[0].name
    assert whole[1].output[0] == graph.output[0].name
    scales = [weight for weight in graph.initializer if "scale" in weight.name and weight.dims]
    assert max(weight.dims[0] for weight in scales) >= 8, "a scale for each channel"


def test_the_graph_reader_reads_with_it(folder: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "one.png"), 255 - drawn(1))
    found = []
    for name in (KINDS[0], f"{KINDS[0]}-onnx"):
        reader = GraphReader.load(folder / name)
        try:
            found.append(next(reader.read([("one", tmp_path / "one.png")])))
        finally:
            reader.close()
    assert found[0].graph == found[1].graph or found[0].inchi == found[1].inchi
    assert found[0].error == found[1].error


def test_damaged_and_foreign_folders_are_refused(folder: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(folder / f"{KINDS[0]}-onnx", copy)
    model = bytearray((copy / "network.onnx").read_bytes())
    model[len(model) // 2] ^= 1
    (copy / "network.onnx").write_bytes(model)
    with pytest.raises(CheckpointError, match="SHA-256"):
        GraphReader.load(copy)
    (copy / "description.json").write_text("{}")
    with pytest.raises(CheckpointError, match=r"description\.json"):
        GraphReader.load(copy)
    with pytest.raises(
        ValueError, match=r"'sequence'; .*: bond_kind, graph, regions, text, text_lines"
    ):
        export_network(
            ROOT / "src" / "inchify" / "weights" / "sequence", tmp_path / "no", "onnx", CALIBRATION
        )
    assert not (tmp_path / "no").exists()
    with pytest.raises(ValueError, match="32 must divide its sides"):
        load_onnx_graph(folder / f"{KINDS[0]}-onnx").network.maps(np.zeros((40, 64), np.uint8))
    with pytest.raises(ValueError, match="at least 100"):
        Calibration(molecules=SAMPLE, pictures=99)
    with pytest.raises(ValueError, match="no such list"):
        export_network(
            folder / KINDS[0], tmp_path / "no", "onnx", Calibration(molecules=tmp_path / "gone")
        )


def test_without_onnxruntime_the_message_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ValueError, match="pip install onnxruntime"):
        GraphReader.load(folder / f"{KINDS[0]}-onnx")


def test_onnx_is_imported_where_it_is_used_alone() -> None:
    words = "import sys, inchify.readers.graph, inchify.export.export; "
    words += "sys.exit(any(name.split('.')[0].startswith('onnx') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", words], check=False).returncode == 0


def test_weights_stay_the_default(folder: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "inchify", "export", str(folder / KINDS[0])]
    done = subprocess.run([*words, "--output", str(tmp_path / "half")], check=False)
    assert done.returncode == 0
    assert {item.name for item in (tmp_path / "half").iterdir()} == {
        "weights.safetensors",
        "description.json",
        "manifest.json",
    }
    wrong = [*words, "--output", str(tmp_path / "no"), "--format", "int4"]
    done = subprocess.run(wrong, check=False, capture_output=True, text=True)
    assert done.returncode == 2 and "int8" in done.stderr


def test_a_release_reads_without_pytorch_and_trains_with_it(folder: Path, tmp_path: Path) -> None:
    export_network(folder / KINDS[0], tmp_path / "release", "release", CALIBRATION)
    assert {item.name for item in (tmp_path / "release").iterdir()} == {
        "network.onnx",
        "weights.safetensors",
        "description.json",
        "manifest.json",
    }
    plain = load_onnx_graph(folder / f"{KINDS[0]}-onnx").network
    exported = load_onnx_graph(tmp_path / "release").network
    halves = TorchMaps(network_of(tmp_path / "release"))
    picture = drawn(1)
    assert np.abs(exported.maps(picture) - plain.maps(picture)).max() < 1e-3
    assert np.abs(halves.maps(picture) - plain.maps(picture)).max() < 0.05


def test_float16_weights_are_stored_in_half_the_bytes_without_loss() -> None:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    generator = np.random.default_rng(0)
    exact = generator.normal(size=(100, 100)).astype(np.float16).astype(np.float32)
    rough = generator.normal(size=(100, 100)).astype(np.float32)
    nodes = [
        helper.make_node("MatMul", ["pictures", "exact"], ["first"]),
        helper.make_node("MatMul", ["first", "rough"], ["maps"]),
    ]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 100])
        for name in ("pictures", "maps")
    ]
    weights = [numpy_helper.from_array(v, n) for v, n in ((exact, "exact"), (rough, "rough"))]
    graph = helper.make_graph(nodes, "g", ends[:1], ends[1:], weights)
    opset = [helper.make_opsetid("", 18)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=10).SerializeToString()
    small = compact(model)
    assert len(small) < 0.8 * len(model)
    row = {"pictures": generator.normal(size=(1, 100)).astype(np.float32)}
    one, other = (open_session(item).run(None, row)[0] for item in (model, small))
    assert np.array_equal(one, other)
    types = {w.name: w.data_type for w in onnx.load_from_string(small).graph.initializer}
    assert types == {"exact_float16": TensorProto.FLOAT16, "rough": TensorProto.FLOAT}

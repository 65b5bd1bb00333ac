"""The graph reader: whatever the picture, an answer or an error, in time, in its own pixels."""

from __future__ import annotations

import io
import struct
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest
from PIL import Image
from tests.cli.networks import CornerNetwork, random_weights
from tests.cli.troubles import crash, hang
from tests.readers.troubles import every_second

from inchify.decoding.molecule_graph import CandidateSettings
from inchify.isolation.pool import PoolSettings, WorkerPool
from inchify.readers.files.pool import SECONDS
from inchify.readers.graph import GraphReader, PictureCut, View
from inchify.readers.graph_settings import GraphReaderSettings
from inchify.readers.label_expansion import CutGraph
from inchify.readers.torch_networks import TorchMaps
from inchify.readers.views.scale_search import ScaleSettings
from inchify.rendering.bms_graph import draw_competition_picture
from inchify.types import GraphAtom, GraphBond, MoleculeGraph, Prediction

ASPIRIN = "InChI=1S/C9H8O4/c1-6(10)13-8-5-3-2-4-7(8)9(11)12/h2-5H,1H3,(H,11,12)"
LAX = CandidateSettings(angle=0.6, length=0.8, even=0.15)
SMALL = ScaleSettings(most_pixels=2_000_000)
SETTINGS = GraphReaderSettings(candidates=LAX, scale=SMALL)


@pytest.fixture(scope="module")
def reader() -> Iterator[GraphReader]:
    reader = GraphReader(TorchMaps(CornerNetwork()), SETTINGS)
    yield reader
    reader.close()


@pytest.fixture(scope="module")
def wild(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphReader]:
    """A reader whose network sees atoms in every second cell."""
    reader = GraphReader.load(random_weights(tmp_path_factory.mktemp("wild")), SETTINGS)
    yield reader
    reader.close()


def drawing() -> np.ndarray:
    """Aspirin as the competition draws it, without grey, 255 on paper."""
    intensity = draw_competition_picture(ASPIRIN, np.random.default_rng(0)).intensity
    return np.where(intensity > 127, 0, 255).astype(np.uint8)


GRAY = drawing()
PLAIN = Image.fromarray(GRAY)


def see_through() -> Image.Image:
    """Black ink in the transparency alone."""
    pixels = np.zeros((*GRAY.shape, 4), np.uint8)
    pixels[..., 3] = 255 - GRAY
    return Image.fromarray(pixels)


def turned() -> tuple[Image.Image, Image.Exif]:
    """A picture that stands on its side, and the note which way is up."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return PLAIN.transpose(Image.Transpose.ROTATE_90), exif


FORMS: dict[str, Callable[[Path], None]] = {
    "grey.png": lambda path: PLAIN.save(path),
    "bits.png": lambda path: PLAIN.convert("1").save(path),
    "bits.tif": lambda path: PLAIN.convert("1").save(path, compression="group4"),
    "palette.png": lambda path: PLAIN.convert("P").save(path),
    "palette.gif": lambda path: PLAIN.save(path),
    "rgb.png": lambda path: PLAIN.convert("RGB").save(path),
    "rgb.bmp": lambda path: PLAIN.convert("RGB").save(path),
    "alpha.png": lambda path: see_through().save(path),
    "alpha.webp": lambda path: see_through().save(path, lossless=True),
    "cmyk.tif": lambda path: PLAIN.convert("CMYK").save(path),
    "wide.png": lambda path: Image.fromarray(GRAY.astype(np.uint16) * 257).save(path),
    "dark.png": lambda path: Image.fromarray(255 - GRAY).save(path),
    "turned.png": lambda path: turned()[0].save(path, exif=turned()[1]),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_lossless_form_gives_the_same_answer(
    name: str, tmp_path: Path, reader: GraphReader
) -> None:
    FORMS[name](tmp_path / name)
    (found,) = reader.read([("a", tmp_path / name)])
    known = reader.read_gray("a", GRAY)
    assert known.inchi and known.graph is not None and len(known.graph.bonds) > 1
    assert (found.inchi, found.error, found.graph) == (known.inchi, "", known.graph)


@pytest.mark.parametrize("name", ["lossy.jpg", "lossy.webp"])
def test_lossy_forms_are_read(name: str, tmp_path: Path, reader: GraphReader) -> None:
    PLAIN.save(tmp_path / name, quality=80)
    (found,) = reader.read([("a", tmp_path / name)])
    assert found.inchi and found.graph is not None


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bomb(width: int, height: int, row: bytes) -> bytes:
    """A PNG of equal rows, whatever its size."""
    packer = zlib.compressobj(1)
    body = b"".join(packer.compress(b"\0" + row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def png(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def noise(height: int, width: int, share: float = 0.1) -> np.ndarray:
    intensity = np.random.default_rng(height).random((height, width)) < share
    return np.where(intensity, 0, 255).astype(np.uint8)


def page() -> np.ndarray:
    paper = np.full((1100, 850), 255, np.uint8)
    for row in range(30, 1080, 17):
        words = "It was the best of times, it was the worst of times, C6H5"
        cv2.putText(paper, words, (30, row), cv2.FONT_HERSHEY_SIMPLEX, 0.45, 0, 1, cv2.LINE_AA)
    return paper


def photo() -> np.ndarray:
    down, across = np.mgrid[0:600, 0:800]
    rough = np.random.default_rng(0).normal(0, 6, down.shape)
    return np.clip(across / 4 + 30 * np.sin(down / 37) + rough, 0, 255).astype(np.uint8)


def lattice() -> np.ndarray:
    """Thousands of corners."""
    paper = np.full((1400, 1400), 255, np.uint8)
    paper[::24], paper[:, ::24] = 0, 0
    return paper


# what is in the file -> what the error says ("" where an answer may come out instead)
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "white": (lambda: png(np.full((300, 400), 255, np.uint8)), "empty"),
    "black": (lambda: png(np.zeros((300, 400), np.uint8)), "empty"),
    "one pixel": (lambda: png(np.zeros((1, 1), np.uint8)), "empty"),
    "2 x 3000": (lambda: png(noise(2, 3000, 0.5)), ""),
    "3000 x 2": (lambda: png(noise(3000, 2, 0.5)), ""),
    "1 x 900000": (lambda: png(noise(1, 900_000)), ""),
    "4000 x 3000 of noise": (lambda: png(noise(3000, 4000, 0.02)), ""),
    "20000 x 20000": (lambda: bomb(20_000, 20_000, b"\xf0" * 2500), "20000 x 20000"),
    "6,000,000 x 4": (lambda: bomb(6_000_000, 4, b"\xf0" * 750_000), ""),
    "noise": (lambda: png(noise(500, 700)), ""),
    "photo": (lambda: png(photo()), ""),
    "page": (lambda: png(page()), ""),
    "lattice": (lambda: png(lattice()), ""),
    "cut off": (lambda: png(GRAY)[:700], "cut off"),
    "text": (lambda: b"This is no picture.", "none of PNG"),
    "nothing": (lambda: b"", "empty"),
    "flipped bits": (lambda: png(GRAY)[:300] + b"\xff\xff" + png(GRAY)[302:], "damaged"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pictures_get_a_row_in_bounded_time_and_memory(
    name: str, tmp_path: Path, reader: GraphReader
) -> None:
    content, said = HOSTILE[name]
    path = tmp_path / "a.png"
    path.write_bytes(content())
    process = psutil.Process()
    held, started = process.memory_info().rss, time.process_time()
    (found,) = reader.read([("a", path)])
    assert bool(found.inchi) != bool(found.error) or "undefined groups" in found.error
    assert said in found.error and (not said or not found.inchi)
    assert time.process_time() - started < SECONDS, "no picture meets the limit of its process"
    assert process.memory_info().rss - held < 900_000_000


@pytest.mark.parametrize("name", ["2 x 3000", "noise", "page", "lattice"])
def test_thousands_of_atoms_are_too_many(name: str, tmp_path: Path, wild: GraphReader) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(HOSTILE[name][0]())
    started = time.process_time()
    (found,) = wild.read([("a", path)])
    assert time.process_time() - started < SECONDS
    assert "too many atoms" in found.error and "at most 500" in found.error


@pytest.mark.parametrize("kind", ["folder", "nothing"])
def test_what_is_no_file_gets_a_row(kind: str, tmp_path: Path, reader: GraphReader) -> None:
    path = tmp_path if kind == "folder" else tmp_path / "nothing.png"
    found, after = reader.read([("a", path), ("b", tmp_path / "c")])
    assert kind in found.error or "no such file" in found.error
    assert after.image_id == "b" and after.error


def test_after_so_many_pixels_no_pass_begins() -> None:
    passes = {}
    never_content = ScaleSettings(max_misfit=0.0)
    for pixels in (1, 40_000, 10**9):
        settings = GraphReaderSettings(pixels=pixels, scale=never_content)
        maps_of = CornerNetwork()
        reader = GraphReader(TorchMaps(maps_of), settings)
        assert reader.read_gray("a", noise(300, 300)).error
        passes[pixels] = maps_of.calls
    assert passes[1] == 1 < passes[40_000] < passes[10**9], "counted, whatever the time"


@pytest.mark.parametrize(
    ("job", "limit", "said"),
    [(hang, 0.5, "longer than 0.5 s of processor time"), (crash, 60.0, "crashed")],
)
def test_chemistry_that_hangs_or_crashes_costs_its_row(
    job: Callable[[CutGraph], None],
    limit: float,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    reader: GraphReader,
) -> None:
    known = reader.read_gray("a", GRAY)
    with WorkerPool(job, PoolSettings(deadline=limit)) as pool, monkeypatch.context() as patch:
        patch.setattr(reader, "pool", pool)
        found = reader.read_gray("a", GRAY)
    assert not found.inchi and said in found.error and "chemistry" in found.error
    assert reader.read_gray("a", GRAY) == known


class OneLabel(GraphReader):
    """Finds a thick dot, and beside it, 20 pixels to the left of the dot as it lies, a label."""

    def _observe(self, cut: PictureCut, view: View, beside=()):  # type: ignore[no-untyped-def]
        from inchify.readers.observation import Observation

        solid = cv2.erode(cut.intensity, np.ones((7, 7), np.uint8)) > 127
        y, x = (float(part.mean()) + 0.5 for part in np.nonzero(solid))
        label = GraphAtom(x - 20, y, "", "?", box=(x - 26, y - 4, x - 16, y + 4))
        atoms = (GraphAtom(x, y), label)
        return Observation((MoleculeGraph(atoms, (GraphBond(0, 1),)),), (0.0,))


class Labels:
    """Reads every label as one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.crops: list[np.ndarray] = []

    def readings(self, crops: Sequence[np.ndarray], most: int) -> list[list[tuple[str, float]]]:
        self.crops += crops
        return [[(self.text, 0.5)]] * len(crops)


def dotted(height: int, width: int, margin: int, dot: tuple[int, int]) -> np.ndarray:
    """A frame in a margin, which may tell the competition's scale, and a dot of 9 x 9 pixels."""
    paper = np.full((height, width), 255, np.uint8)
    cv2.rectangle(paper, (margin, margin), (width - margin - 1, height - margin - 1), 0, 1)
    paper[dot[1] - 4 : dot[1] + 5, dot[0] - 4 : dot[0] + 5] = 0
    return paper


def one_label(text: str, paper: np.ndarray) -> Prediction:
    labels = Labels(text)
    reader = OneLabel(TorchMaps(CornerNetwork()), SETTINGS, labels=labels)
    reader.text = None  # the dot is no letter
    found = reader.read_gray("a", paper)
    reader.close()
    # in the box that the maps gave, in one that follows the letters, and what is within alone
    assert len(labels.crops) == 3
    return found


@pytest.mark.parametrize(
    ("height", "margin", "label"),
    [(150, 40, (60, 90)), (150, 26, (60, 90)), (300, 60, (60, 90)), (300, 26, (80, 70))],
    ids=["lies", "lies, competition", "stands", "stands, competition: it was turned"],
)
def test_graph_molfile_and_errors_stand_in_the_pictures_pixels(
    height: int, margin: int, label: tuple[int, int]
) -> None:
    paper = dotted(height, 200, margin, (80, 90))
    found = one_label("Zz9", paper)
    assert isinstance(found.graph, MoleculeGraph)
    places = [(round(atom.x - 0.5), round(atom.y - 0.5)) for atom in found.graph.atoms]
    assert places == [(80, 90), label]
    assert found.error == f"contains undefined groups: Zz9 at ({label[0]}, {label[1]})"
    assert found.inchi == "" and "*" in found.smiles
    rows = [line.split() for line in found.molfile.splitlines()[4:6]]
    assert [(float(row[0]), -float(row[1])) for row in rows] == [
        (atom.x, atom.y) for atom in found.graph.atoms
    ]


def test_a_label_that_is_understood_becomes_atoms() -> None:
    found = one_label("OMe", dotted(150, 200, 40, (80, 90)))
    assert (found.smiles, found.error) == ("COC", "")
    assert found.graph is not None and len(found.graph.atoms) == 3
    assert found.confidence is not None and 0.0 < found.confidence <= 1.0


WEIGHTS = Path(__file__).parents[2] / "src" / "inchify" / "weights" / "graph"
CLEAN = (
    ASPIRIN,
    "InChI=1S/C3H7NO2/c1-2(4)3(5)6/h2H,4H2,1H3,(H,5,6)/t2-/m0/s1",
    "InChI=1S/C8H8ClNO/c1-6(11)10-8-4-2-7(9)3-5-8/h2-5H,1H3,(H,10,11)",
)


@pytest.fixture(scope="module")
def shipped() -> Iterator[GraphReader]:
    """The weights of this copy; pictures are never laid down."""
    reader = GraphReader.load(WEIGHTS, GraphReaderSettings(turns=False))
    yield reader
    reader.close()


def drawn(inchi: str) -> np.ndarray:
    intensity = draw_competition_picture(inchi, np.random.default_rng(0)).intensity
    return np.where(intensity > 127, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("inchi", CLEAN)
def test_a_list_keeps_the_answer_and_adds_others(inchi: str, shipped: GraphReader) -> None:
    gray = drawn(inchi)
    alone = shipped.read_gray("a", gray)
    assert alone.inchi == inchi
    assert [candidate.text for candidate in alone.candidates] == [inchi]
    found = shipped.candidates(gray, View(n_best=6))
    assert found[0].text == alone.inchi
    assert found[0].score == pytest.approx(alone.candidates[0].score)
    assert len({candidate.text for candidate in found}) == len(found) > 2
    scores = [candidate.score for candidate in found]
    assert scores == sorted(scores, reverse=True)
    for candidate in found:
        assert candidate.source == "graph" and candidate.graph is not None
        assert all(0 <= atom.x <= gray.shape[1] for atom in candidate.graph.atoms)
        assert all(0 <= atom.y <= gray.shape[0] for atom in candidate.graph.atoms)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_picture_turned_back_gives_the_same(turns: int, shipped: GraphReader) -> None:
    """Molecules and, in the pixels of the picture as it came, places."""
    for inchi in CLEAN:
        gray = drawn(inchi)
        known = shipped.candidates(gray, View(n_best=4))
        aside = np.ascontiguousarray(np.rot90(gray, turns))
        found = shipped.candidates(aside, View(n_best=4, quarter_turns=turns))
        assert [one.text for one in found] == [one.text for one in known]
        for one, other in zip(found, known, strict=True):
            assert one.graph is not None and other.graph is not None
            back = one.graph
            for turn in range(turns):
                back = back.turned(aside.shape[turn % 2])
            for atom, same in zip(back.atoms, other.graph.atoms, strict=True):
                assert (atom.x, atom.y) == pytest.approx((same.x, same.y), abs=1e-6)


def test_chemistry_that_crashes_costs_its_candidate_alone(
    monkeypatch: pytest.MonkeyPatch, shipped: GraphReader
) -> None:
    known = shipped.candidates(GRAY, View(n_best=6))
    with WorkerPool(every_second, PoolSettings(deadline=60.0)) as pool:
        monkeypatch.setattr(shipped, "pool", pool)
        found = shipped.candidates(GRAY, View(n_best=6))
    assert 1 < len(found) < len(known)
    assert found[0] == known[0] and set(found) < set(known)


def test_an_empty_picture_has_no_candidates(shipped: GraphReader) -> None:
    assert not shipped.candidates(np.full((60, 80), 255, np.uint8), View(n_best=4))


class TwoGraphs(OneLabel):
    """Sees the same label in two graphs."""

    def _observe(self, cut: PictureCut, view: View, beside=()):  # type: ignore[no-untyped-def]
        observation = super()._observe(cut, view)
        (graph,) = observation.graphs
        other = MoleculeGraph(graph.atoms, (GraphBond(0, 1, "double"),))
        return type(observation)((graph, other), (0.0, -1.0))


def test_a_label_is_read_once_for_all_graphs() -> None:
    labels = Labels("OMe")
    reader = TwoGraphs(TorchMaps(CornerNetwork()), SETTINGS, labels=labels)
    reader.text = None  # the dot is no letter
    reader.candidates(dotted(150, 200, 40, (80, 90)), View(n_best=2))
    reader.close()
    assert len(labels.crops) == 3

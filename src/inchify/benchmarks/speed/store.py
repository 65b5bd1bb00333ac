"""Size and speed of ways to store pictures.

Rates are per second of processor time in one thread: encoding to a file, and reading in random
order up to the bool array. Libraries that are not installed are left out with a word.
"""

from __future__ import annotations

import shutil
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from inchify.data.preprocessing.store import (
    PictureStore,
    StoreWriter,
    decode_picture,
    encode_picture,
)

MOLECULES = Path(__file__).parents[4] / "input" / "sample" / "molecules.smi.gz"
TRAIN_PICTURES = 2_424_186

Read = Callable[[int], np.ndarray]
# Bytes and the shape of a picture to the picture.
Decode = Callable[[bytes, tuple[int, int]], np.ndarray]
# Pictures are written into a folder; how they are read comes back.
Way = Callable[[Sequence[np.ndarray], Path], Read]


class Cost(NamedTuple):
    """Bytes a picture on disk; pictures written and read per second of processor time."""

    bytes: float
    write: float
    read: float


class Missing(Exception):
    """An optional library is not installed."""


def run(
    *, pictures: int = 2000, distinct: int = 400, seed: int = 0, molecules: str = str(MOLECULES)
) -> dict[str, Cost]:
    """Measure every way on the same pictures and print the table.

    Args:
        pictures: Number of stored pictures.
        distinct: Number of different ones.
        seed: Decides the pictures and the order of reading.
        molecules: A list of molecules to draw.

    Returns:
        The cost by name of the way.
    """
    drawn = drawings(Path(molecules), min(distinct, pictures), seed)
    intensities = [drawn[number % len(drawn)] for number in range(pictures)]
    order = np.random.default_rng(seed).permutation(pictures).tolist()
    costs = {}
    print(
        f"{pictures} pictures, "
        f"{np.mean([intensity.size for intensity in intensities]):,.0f} pixels each"
    )
    print(f"{'':34} {'bytes':>7} {'GB of train':>12} {'writes/cpu-s':>13} {'reads/cpu-s':>12}")
    for name, way in WAYS.items():
        folder = Path(tempfile.mkdtemp(prefix="bench-store-"))
        try:
            cost = costs[name] = measure(way, intensities, order, folder)
        except Missing as library:
            print(f"{name:34} left out: {library} is not installed")
            continue
        finally:
            shutil.rmtree(folder)
        total = cost.bytes * TRAIN_PICTURES / 1e9
        print(
            f"{name:34} {cost.bytes:7,.0f} {total:12.1f} {cost.write:13,.0f} {cost.read:12,.0f}",
            flush=True,
        )
    return costs


def drawings(molecules: Path, count: int, seed: int) -> list[np.ndarray]:
    """Draw pictures in the competition's style with its noise.

    Args:
        molecules: A list of molecules, of which the first are drawn.
        count: Number of molecules to choose.
        seed: Decides the pictures.

    Returns:
        Foreground of each, bool (H, W); what cannot be drawn is left out.

    Raises:
        ValueError: If the list is missing.
    """
    from inchify.rendering.bms_style import draw_competition
    from inchify.rendering.indigo import DrawingError
    from inchify.synthetic.bms_noise import add_noise
    from inchify.synthetic.molecules.competition import (
        MoleculeSettings,
        choose_molecules,
        read_molecules,
    )

    if not molecules.is_file():
        raise ValueError(f"{molecules}: there is no such list of molecules")
    choice = MoleculeSettings(count=count, seed=seed)
    entries = islice(read_molecules(molecules), 4 * count)
    generator = np.random.default_rng(seed)
    intensities = []
    for inchi in choose_molecules(entries, choice, jobs=1, progress=False):
        try:
            intensities.append(add_noise(draw_competition(inchi, generator), generator))
        except DrawingError:
            continue
    return intensities


def measure(way: Way, intensities: Sequence[np.ndarray], order: list[int], folder: Path) -> Cost:
    """Write all pictures, then read them, and check that they come back unchanged.

    Args:
        way: The way to store them.
        intensities: The pictures, bool (H, W).
        order: The order of reading.
        folder: An empty folder.

    Returns:
        Its cost.
    """
    began = time.process_time()
    read: Read = way(intensities, folder)
    wrote = time.process_time()
    size = sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())
    for row in order[:200]:
        assert np.array_equal(read(row), intensities[row])
    middle = time.process_time()
    for row in order:
        read(row)
    ended = time.process_time()
    return Cost(
        size / len(intensities),
        len(intensities) / (wrote - began),
        len(intensities) / (ended - middle),
    )


def ours(intensities: Sequence[np.ndarray], folder: Path) -> Read:
    """The project's store: gaps between foreground pixels by zlib, shards and an index."""
    with StoreWriter(folder) as writer:
        for intensity in intensities:
            writer.add(intensity)
    return PictureStore(folder).read


def png_files(intensities: Sequence[np.ndarray], folder: Path) -> Read:
    """One file a picture, as the competition delivers them."""
    for row, intensity in enumerate(intensities):
        (folder / f"{row}.png").write_bytes(png(intensity))
    return lambda row: not_png((folder / f"{row}.png").read_bytes())


def in_one_file(encode: Callable[[np.ndarray], bytes], decode: Decode) -> Way:
    """Records one after the other in one memory-mapped file, with their places in memory."""

    def way(intensities: Sequence[np.ndarray], folder: Path) -> Read:
        offsets = [0]
        with (folder / "records").open("wb") as stream:
            for intensity in intensities:
                offsets.append(offsets[-1] + stream.write(encode(intensity)))
        content = np.memmap(folder / "records", dtype=np.uint8, mode="r")
        shapes = [intensity.shape for intensity in intensities]
        return lambda row: decode(content[offsets[row] : offsets[row + 1]].tobytes(), shapes[row])

    return way


def in_lmdb(intensities: Sequence[np.ndarray], folder: Path) -> Read:
    """The project's records in LMDB."""
    lmdb = library("lmdb")
    base = lmdb.open(str(folder), map_size=2**34)
    places = []
    with base.begin(write=True) as transaction:
        for row, intensity in enumerate(intensities):
            record, place = encode_picture(intensity)
            places.append(place)
            transaction.put(row.to_bytes(4, "big"), record)
    reading = base.begin(buffers=True)
    return lambda row: decode_picture(reading.get(row.to_bytes(4, "big")), places[row])


def in_arrow(intensities: Sequence[np.ndarray], folder: Path) -> Read:
    """The project's records in a memory-mapped Arrow file."""
    arrow = library("pyarrow")
    encoded = [encode_picture(intensity) for intensity in intensities]
    table = arrow.table({"record": arrow.array([record for record, _ in encoded], arrow.binary())})
    with (
        arrow.OSFile(str(folder / "records.arrow"), "wb") as sink,
        arrow.ipc.new_file(sink, table.schema) as writer,
    ):
        writer.write_table(table, max_chunksize=len(intensities))
    source = arrow.memory_map(str(folder / "records.arrow"))
    column = arrow.ipc.open_file(source).read_all()["record"].chunk(0)
    return lambda row: decode_picture(column[row].as_buffer(), encoded[row][1])


def zstd_bits(intensities: Sequence[np.ndarray], folder: Path) -> Read:
    """Packed bits by Zstandard, in one file."""
    zstandard = library("zstandard")
    packer, unpacker = zstandard.ZstdCompressor(level=10), zstandard.ZstdDecompressor()
    way = in_one_file(
        lambda intensity: packer.compress(bits(intensity)),
        lambda record, shape: not_bits(unpacker.decompress(record), shape),
    )
    return way(intensities, folder)


def library(name: str) -> Any:
    """An optional library; ``Missing`` where it is not installed."""
    from importlib import import_module

    try:
        if name == "pyarrow":
            import_module("pyarrow.ipc")
        return import_module(name)
    except ImportError:
        raise Missing(name) from None


def bits(intensity: np.ndarray) -> bytes:
    """One bit a pixel, rows padded to bytes."""
    return np.packbits(intensity, axis=1).tobytes()


def not_bits(content: bytes, shape: tuple[int, int]) -> np.ndarray:
    """The inverse of ``bits``."""
    rows = np.frombuffer(content, np.uint8).reshape(shape[0], -1)
    return np.unpackbits(rows, axis=1, count=shape[1]).view(bool)


def png(intensity: np.ndarray) -> bytes:
    """A PNG of one bit a pixel."""
    gray = (~intensity).view(np.uint8) * np.uint8(255)
    return cv2.imencode(".png", gray, [cv2.IMWRITE_PNG_BILEVEL, 1])[1].tobytes()


def not_png(content: bytes, shape: tuple[int, int] | None = None) -> np.ndarray:
    """The inverse of ``png``."""
    gray = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert gray is not None
    return np.asarray(gray < 128)


def zlib_bits(level: int) -> Way:
    """Packed bits, compressed."""

    def pack(intensity: np.ndarray) -> bytes:
        return zlib.compress(bits(intensity), level)

    def unpack(record: bytes, shape: tuple[int, int]) -> np.ndarray:
        return not_bits(zlib.decompress(record), shape)

    return in_one_file(pack, unpack)


def ways() -> Iterator[tuple[str, Way]]:
    """Every way by its name."""
    yield "PNG files", png_files
    yield "PNGs in one file", in_one_file(png, not_png)
    yield "packed bits, memory map", in_one_file(bits, not_bits)
    for level in (1, 6, 9):
        yield f"packed bits by zlib {level}", zlib_bits(level)
    yield "packed bits by Zstandard 10", zstd_bits
    yield "gaps by zlib 6 (ours)", ours
    yield "gaps by zlib 6 in LMDB", in_lmdb
    yield "gaps by zlib 6 in Arrow", in_arrow


WAYS = dict(ways())

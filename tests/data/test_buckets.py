"""The bucket table: compact, exact, and its folds are a partition."""

from __future__ import annotations

import csv
import pickle
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from inchify.data.pictures.preparation import PictureSettings, prepared_size
from inchify.data.preprocessing.buckets import Strings, read_table

HEADER = ["image_id", "InChI", "length", "height", "width", "turned", "fold", "row"]
HEADER += ["ink_height", "ink_width", "bond"]


def write_buckets(folder: Path, rows: int, *, edges: tuple[int, ...] = (40, 60, 100)) -> None:
    """Bucket files of made-up rows; row n of all goes to bucket n modulo their number."""
    for number, edge in enumerate(edges):
        with (folder / f"bucket_{edge:03d}.csv").open("w", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(HEADER)
            for row in range(number, rows, len(edges)):
                inchi = f"InChI=1S/C{row % 97}H8/c1-{row % 13}-3,{row}"
                facts = [edge - row % 10, 200, 300, row % 2, row % 5, row, 150, 230, "25.00"]
                writer.writerow([f"{row:012x}", inchi, *facts])


def test_strings_of_any_letters_come_back() -> None:
    texts = ["", "a", 'é,"\n', "分子", "x" * 1000, ""]
    encoded = [text.encode() for text in texts]
    strings = Strings.of(
        [
            (b"".join(encoded[:3]), np.array([len(item) for item in encoded[:3]])),
            (b"".join(encoded[3:]), np.array([len(item) for item in encoded[3:]])),
        ]
    )
    assert [strings[place] for place in range(len(strings))] == texts
    with pytest.raises(IndexError):
        strings[6]
    with pytest.raises(IndexError):
        strings[-1]
    assert len(Strings.of([])) == 0


def test_a_table_holds_what_the_files_say(tmp_path: Path) -> None:
    write_buckets(tmp_path, 100)
    table = pickle.loads(pickle.dumps(read_table(tmp_path)))
    assert len(table) == 100 and table.captions is not None
    for place in range(100):
        row = int(table.rows[place])
        edge = (40, 60, 100)[row % 3]
        assert table.ids[place] == f"{row:012x}"
        assert table.captions[place] == f"InChI=1S/C{row % 97}H8/c1-{row % 13}-3,{row}"
        assert (table.buckets[place], table.lengths[place]) == (edge, edge - row % 10)
    wanted = PictureSettings()
    assert table.sizes(wanted)[7].tolist() == list(prepared_size(150, 230, 25.0, wanted))


def test_folds_are_a_partition(tmp_path: Path) -> None:
    write_buckets(tmp_path, 100)
    table = read_table(tmp_path)
    held_out = []
    for fold in range(5):
        train, validation = (table.choose(part, fold=fold) for part in ("train", "validation"))
        assert np.array_equal(np.sort(np.concatenate([train, validation])), np.arange(100))
        held_out.append(validation)
    assert np.array_equal(np.sort(np.concatenate(held_out)), np.arange(100))
    assert len(table.choose("train", fold=-1)) == 100
    assert len(table.choose("validation", fold=-1)) == 0
    short = table.choose("train", fold=0, max_length=55)
    assert (table.lengths[short] <= 55).all()
    assert len(short) == ((table.lengths <= 55) & (table.folds != 0)).sum()
    few = table.choose("validation", fold=1, limit=7, seed=3)
    assert len(few) == 7 and set(few) <= set(held_out[1]) and (np.diff(few) > 0).all()
    assert np.array_equal(few, table.choose("validation", fold=1, limit=7, seed=3))
    assert not np.array_equal(few, table.choose("validation", fold=1, limit=7, seed=4))
    with pytest.raises(ValueError, match="'fold' is 9"):
        table.choose("train", fold=9)
    with pytest.raises(ValueError, match="'part' is 'test'"):
        table.choose("test", fold=0)  # type: ignore[arg-type]


def test_wrong_folders_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="run preprocess first"):
        read_table(tmp_path)
    path = tmp_path / "bucket_040.csv"
    path.write_text("image_id,InChI,length\na,b,3\n")
    with pytest.raises(ValueError, match=r"bucket_040.csv: there is no column fold, row"):
        read_table(tmp_path)
    path.rename(tmp_path / "bucket_x.csv")
    write_buckets(tmp_path, 5)
    with pytest.raises(ValueError, match="bucket_x"):
        read_table(tmp_path)


SCRIPT = """
import resource, sys
from pathlib import Path
from inchify.data.preprocessing.buckets import read_table
import numpy, pandas
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
table = read_table(Path(sys.argv[1]))
print(len(table), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_many_rows_need_little_memory_and_time(tmp_path: Path) -> None:
    write_buckets(tmp_path, 120_000)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    answer = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], capture_output=True, check=True, text=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    rows, kilobytes = map(int, answer.stdout.split())
    assert rows == 120_000
    # A list of strings would take about 25 MB for the texts alone.
    assert kilobytes < 70_000
    assert after.ru_utime - before.ru_utime < 4.0

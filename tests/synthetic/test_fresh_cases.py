"""Fresh inputs of the given kinds: every row has its file, every right answer is one."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image
from rdkit import Chem

from inchify.benchmarks.accuracy.known_cases import cases_of
from inchify.benchmarks.fresh_cases.__main__ import KINDS, draw


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("fresh")
    draw(target, seed=3, each=1)
    return target


def test_each_kind_has_an_input(folder: Path) -> None:
    cases = cases_of(folder, [])
    assert [case.kind for case in cases] == list(KINDS) and len(KINDS) == 30
    for case in cases:
        path = folder / case.file
        assert path.exists()
        if path.suffix == ".png":
            assert (
                len(Image.open(path).convert("L").getcolors()) > 1 or "A" in Image.open(path).mode
            )
        elif path.suffix == ".pdf":
            assert len(pypdfium2.PdfDocument(path)) == 1
        elif path.suffix == ".json":
            assert json.loads(path.read_text())


def test_right_answers_are_inchis_or_behaviors(folder: Path) -> None:
    for case in cases_of(folder, []):
        inchis = [word for word in case.wanted.split() if word.startswith("InChI=")]
        assert inchis or case.kind[:3] in {"C01", "C02", "C25", "C30"}
        for inchi in inchis:
            assert Chem.MolToInchi(Chem.MolFromInchi(inchi)) == inchi


def test_a_seed_decides_what_is_drawn(tmp_path: Path) -> None:
    tables = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        path = draw(tmp_path / name, seed=seed, each=2, kinds=["C16_dark_mode", "C06_element"])
        with path.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        wanted = [row["right_answer_inchi_or_behaviour"] for row in rows]
        pictures = [(tmp_path / name / row["file"]).read_bytes() for row in rows]
        tables.append((wanted, pictures))
    assert tables[0] == tables[1]
    assert tables[0][0] != tables[2][0]
    assert all(len(set(wanted)) == 4 for wanted, _ in tables)

"""Molecule lists: formats, the competition's style, and choices that grow without changing."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest

from inchify.synthetic.molecules.competition import (
    LENGTH_SHARES,
    MoleculeSettings,
    caption_tokens,
    choose_molecules,
    length_bin,
    read_molecules,
    style_mismatch,
)

SAMPLE = Path(__file__).parents[2] / "input" / "sample" / "molecules.smi.gz"


@pytest.fixture(scope="module")
def entries() -> list[str]:
    return list(read_molecules(SAMPLE))[::24]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.smi", "CCO ethanol\n\nCCN\n# note\n"),
        ("a.tsv", "CCO\t3\nCCN\t3\n"),
        ("a.csv", 'CCO,"x, y"\nCCN,\n'),
        ("a.txt", "CCO\r\nCCN"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_first_column_of_every_kind_of_list(
    name: str, text: str, packed: bool, tmp_path: Path
) -> None:
    path = tmp_path / (name + ".gz" * packed)
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    assert list(read_molecules(path)) == ["CCO", "CCN"]


def test_inchi_in_a_quoted_csv_and_a_foreign_ending(tmp_path: Path) -> None:
    inchi = "InChI=1S/C4H8O2/c1-3-6-4(2)5/h3H2,1-2H3"
    (tmp_path / "a.csv").write_text(f'"{inchi}",1\n')
    assert list(read_molecules(tmp_path / "a.csv")) == [inchi]
    with pytest.raises(ValueError, match=r"a\.sdf.*\.smi"):
        list(read_molecules(tmp_path / "a.sdf"))


@pytest.mark.parametrize(
    ("inchi", "fault"),
    [
        ("InChI=1S/C8H8O/c1-7(9)8-5-3-2-4-6-8/h2-6H,1H3", ""),
        ("InChI=1S/C8H8O/c1-7(9)8-5-3-2-4-6-8/h2-6H,1H3/i1D3", ""),
        ("InChI=1/C8H8O/c1-7(9)8-5-3-2-4-6-8/h2-6H,1H3", "standard"),
        ("InChI=1S/CH4O/c1-2/h2H,1H3", "characters"),
        ("InChI=1S/C5H12NO/c1-6(2,3)4-5-7/h7H,4-5H2,1-3H3/q+1", "charge"),
        ("InChI=1S/C5H13N.ClH/c1-6(2,3)4-5-7;/h7H,4-5H2,1-3H3", "component"),
        ("InChI=1S/C6H6Se/c7-6-4-2-1-3-5-6/h1-5,7H", "Se"),
        ("InChI=1S/C8H10O/c1-7(9)8-5-3-2-4-6-8/h2-7,9H,1H3/t7?", "unknown-stereo"),
    ],
)
def test_style(inchi: str, fault: str) -> None:
    assert (fault in style_mismatch(inchi)) if fault else style_mismatch(inchi) == ""


def test_captions_are_counted_in_whole_numbers_and_elements() -> None:
    assert caption_tokens("InChI=1S/C10H12Br/c1-12(3)/h2H,1H3") == 19
    assert length_bin("InChI=1S/" + "C" * 41) == 1 and length_bin("InChI=1S/" + "C" * 900) == 12


def test_a_small_draw_begins_a_bigger_one_in_any_order(entries: list[str]) -> None:
    big = choose_molecules(entries, MoleculeSettings(seed=3))
    assert len(set(big)) == len(entries) and not any(style_mismatch(inchi) for inchi in big)
    some = [*random.Random(0).sample(entries, len(entries)), "not a molecule", "[Na+].[Cl-]"]
    assert choose_molecules(some, MoleculeSettings(count=30, seed=3), jobs=2) == big[:30]
    assert choose_molecules(entries, MoleculeSettings(count=30, seed=4)) != big[:30]


def test_lengths_follow_the_competition(entries: list[str]) -> None:
    def middling(inchis: list[str]) -> float:
        """Share of captions of 61 to 120 tokens."""
        return sum(60 < caption_tokens(inchi) <= 120 for inchi in inchis) / len(inchis)

    assert sum(share for _, share in LENGTH_SHARES) == pytest.approx(1, abs=1e-4)
    plain = choose_molecules(entries, MoleculeSettings())
    matched = choose_molecules(entries, MoleculeSettings(match_lengths=True))
    assert set(matched) < set(plain)
    assert middling(plain) < 0.5 < 0.7 < middling(matched)  # the competition: 0.82
    with pytest.raises(ValueError, match="'count' is 0"):
        MoleculeSettings(count=0)

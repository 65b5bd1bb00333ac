"""Drawn pages: their truth must be what their pixels show."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.synthetic.pages import DrawnPage, PageSettings, draw_page
from inchify.synthetic.pages.settings import LAYOUTS

SMILES = (
    *("CC(=O)Nc1ccc(O)cc1", "Cn1cnc2c1c(=O)n(C)c(=O)n2C", "CC(C)Cc1ccc(C(C)C(=O)O)cc1"),
    *("OC(=O)c1ccccc1O", "Clc1ccc(Cn2ccnc2)cc1", "COc1ccc2[nH]cc(CCN)c2c1", "C1CCOC1"),
    *("O=C(O)C[C@H](N)c1ccccc1", "CCN(CC)CCNC(=O)c1ccc(N)cc1", "N#Cc1ccc(F)cc1Br", "CCOC(C)=O"),
    *("c1ccc2c(c1)ccc1ccccc12", "CS(=O)(=O)c1ccc(C(F)(F)F)cc1", "OCC1OC(O)C(O)C(O)C1O"),
)
PLAIN = {"part": 0.0, "turned": 0.0, "skewed": 0.0, "quarter": 0.0}


def library() -> MoleculeLibrary:
    kept = MoleculeLibrary(SMILES)
    assert len(kept.entries) > 10
    return kept


@lru_cache(maxsize=64)
def page_of(layout: str, seed: int, **changes: float) -> DrawnPage:
    shares = {name: float(name == layout) for name in LAYOUTS}
    settings = PageSettings(**{**shares, **changes})  # type: ignore[arg-type]
    return draw_page(library(), np.random.default_rng(seed), settings)


def pages() -> list[DrawnPage]:
    """Pages of every layout, some of them turned, skewed and cut."""
    found = [page_of(layout, 3, part=1.0) for layout in LAYOUTS]
    found += [page_of(layout, 4, **PLAIN) for layout in LAYOUTS]
    found.append(page_of("journal", 5, part=1.0, turned=1.0, skewed=1.0, quarter=1.0))
    return found


def tight_box(mask: np.ndarray) -> tuple[float, float, float, float]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))


def test_boxes_hold_the_ink_of_their_regions_and_no_more() -> None:
    count = 0
    for page in pages():
        assert page.region_ids.shape == page.intensity.shape
        assert page.region_ids.max() == len(page.regions)
        assert (page.intensity[page.region_ids > 0] > 0).all()
        for index, region in enumerate(page.regions):
            assert region.box == tight_box(page.region_ids == index + 1)
            count += 1
    assert count > 25


def test_lines_are_tight_and_hold_no_ink_of_drawings() -> None:
    count = 0
    for page in pages():
        if page.regions and page.regions[0].angle % 90:
            continue
        for line in page.lines:
            left, top, right, bottom = (int(value) for value in line.box)
            intensity = page.intensity[top:bottom, left:right]
            assert intensity.size
            assert not page.region_ids[top:bottom, left:right].any()
            for edge in (intensity[0], intensity[-1], intensity[:, 0], intensity[:, -1]):
                assert edge.any(), line
            count += 1
    assert count > 150


def test_pairs_join_drawings_and_labels_near_them() -> None:
    count = 0
    for page in pages():
        taken = set()
        for region, line in page.pairs:
            assert page.lines[line].kind == "label"
            assert line not in taken
            taken.add(line)
            one, other = page.regions[region].box, page.lines[line].box
            away_x = max(one[0] - other[2], other[0] - one[2], 0)
            away_y = max(one[1] - other[3], other[1] - one[3], 0)
            # Beside a drawing, tables and formulas have their numbers far away.
            assert min(away_x, away_y) < 60
            count += 1
    assert count > 15


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_show_what_they_should(layout: str) -> None:
    seeds = range(4 if layout != "figure" else 8)
    found = [page_of(layout, seed, **{**PLAIN, "part": 1.0}) for seed in seeds]
    regions = sum(len(page.regions) for page in found)
    kinds = {line.kind for page in found for line in page.lines}
    if layout == "text":
        assert regions == 0
        assert "label" not in kinds
    else:
        assert regions >= len(found)
        assert "label" in kinds
    assert "body" in kinds
    assert all(page.layout == layout for page in found)
    assert sum(bool(line.text) for page in found for line in page.lines) > 10


def test_the_same_generator_gives_the_same_page() -> None:
    settings = PageSettings(part=1.0)
    one, other, third = (
        draw_page(library(), np.random.default_rng(seed), settings) for seed in (8, 8, 9)
    )
    assert np.array_equal(one.intensity, other.intensity)
    assert np.array_equal(one.region_ids, other.region_ids)
    assert (one.regions, one.lines, one.pairs) == (other.regions, other.lines, other.pairs)
    assert one.intensity.shape != third.intensity.shape or not np.array_equal(
        one.intensity, third.intensity
    )


def test_sizes_follow_the_resolution() -> None:
    page = page_of("text", 1, **{**PLAIN, "dots_per_inch": 100})
    assert page.dots_per_inch == 100
    assert page.intensity.shape in ((1169, 827), (1100, 850))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"turned": 1.5}, "turned"),
        ({"dots_per_inch": 10}, "dots_per_inch"),
        ({"bond_pixels": (30.0, 20.0)}, "bond_pixels"),
        ({name: 0.0 for name in LAYOUTS}, "shares"),
        ({"max_regions": 300}, "max_regions"),
    ],
)
def test_settings_name_what_is_wrong(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        PageSettings(**changes)  # type: ignore[arg-type]

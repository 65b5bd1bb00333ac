"""Whole pages through the shipped weights: structures that fill a page or a slide stay whole, thin
inner lines stay with their drawings. The pages' molecules are not read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inchify.documents.connected_components import components_of
from inchify.documents.mask_expansion import expand_masks
from inchify.documents.page_reader import PageReader, PageSettings
from inchify.documents.pretrained import PageWeights
from inchify.documents.sources import PageSource
from inchify.readers.molecule_detector import MoleculeDetector
from inchify.readers.pretrained import shipped

CASES = Path(__file__).parent / "cases"


def page_of(name: str) -> tuple[np.ndarray, float]:
    with PageSource(CASES / name) as source:
        page = source.page(1)
    assert not page.error
    return page.gray, page.dots_per_inch


@pytest.fixture(scope="module")
def detector() -> MoleculeDetector:
    folder = shipped("regions")
    assert folder is not None
    return MoleculeDetector.load(folder)


@pytest.mark.parametrize("name", ["slide_asp.pdf", "full_nicotine.pdf", "fullpage_single.pdf"])
def test_one_large_structure_stays_whole(detector: MoleculeDetector, name: str) -> None:
    gray, dots_per_inch = page_of(name)
    intensity = 255 - gray
    seen = detector.analyze(intensity, dots_per_inch)
    expanded = expand_masks(
        seen.regions,
        intensity,
        seen.chances,
        components=components_of(intensity, [region.box for region in seen.regions]),
    )
    assigned = [place for place in range(len(expanded.regions)) if expanded.has_foreground(place)]
    assert len(assigned) == 1
    left, top, right, bottom = (round(side) for side in expanded.regions[assigned[0]].box)
    inside = intensity[top:bottom, left:right] > 64
    assert inside.sum() > 0.6 * (intensity > 64).sum()
    assert (expanded.region_HW[top:bottom, left:right][inside] > 0).mean() > 0.999


@pytest.fixture(scope="module")
def reader() -> PageReader:
    return PageWeights.chosen({}).load(PageSettings())


@pytest.mark.parametrize(("name", "count"), [("arom_acs3.pdf", 4), ("slide_lid.pdf", 1)])
def test_thin_lines_stay_with_their_drawings(reader: PageReader, name: str, count: int) -> None:
    gray, dots_per_inch = page_of(name)
    read = reader.read(gray, 1, dots_per_inch)
    assert not read.page.error and len(read.crops) == count
    labels = [line.box for line in read.page.lines if line.kind == "label"]
    for region in read.page.regions:
        left, top, right, bottom = region.box
        # what was claimed as a label stands in the drawing, or where it was cut off
        assert not [
            box
            for box in labels
            if box[0] < right and box[2] > left and box[1] < bottom and box[3] > top
        ]

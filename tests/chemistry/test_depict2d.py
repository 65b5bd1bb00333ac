"""Drawings of molecules, and none of anything else."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from inchify.chemistry.depict2d import can_draw, draw, draw_svg


def test_svg() -> None:
    assert can_draw()
    svg = draw_svg("InChI=1S/C3H8O/c1-3(2)4/h3-4H,1-2H3", width=300, height=180)
    assert svg is not None
    root = ElementTree.fromstring(svg)
    assert root.tag.endswith("svg") and root.attrib["width"] == "300px"
    assert draw_svg("CC(C)O") is not None


def test_no_molecule_no_drawing() -> None:
    texts = ["", "InChI=1S/\0", "C" * 5000, "<script>", "C(", "InChI=1/x", "CCO"]
    drawings = draw(texts)
    assert [drawing is not None for drawing in drawings] == [False] * 6 + [True]


def test_sizes_are_checked() -> None:
    with pytest.raises(ValueError, match="'width' is 1 pixels"):
        draw(["C"], width=1)

"""Indigo's SVG: curves, letters and wedges come over; anything unknown is an error."""

from __future__ import annotations

import numpy as np
import pytest

from inchify.rendering.indigo import DrawingError, render
from inchify.rendering.svg import outline_edges, parse_path, shapes_of_svg

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
STEREO = "InChI=1S/C8H8BrFO2/c9-7(10)6(11)8(12)4-2-1-3-5-8/h1-4,7,12H,5H2/t7-,8+/m1/s1"


def test_a_curve_ends_where_it_should_and_stays_near_the_true_curve() -> None:
    ((start, *points),) = parse_path("M 0 0 C 0 4 4 4 4 0 ")
    assert start == (0, 0) and points[-1] == (4, 0)
    assert max(y for _, y in points) == pytest.approx(3.0)
    edges = outline_edges("M 0 0 C 0 4 4 4 4 0 Z M 0 0 ")
    area = (edges[:, 0] * edges[:, 3] - edges[:, 2] * edges[:, 1]).sum() / 2
    assert area == pytest.approx(9.6, rel=0.05)


def test_every_bond_letter_and_wedge_of_a_molecule_is_there() -> None:
    shapes = shapes_of_svg(render(STEREO, "svg", 100))
    assert len(shapes.strokes_S5) == 14  # 10 plain bonds and a second line for 4 of them
    np.testing.assert_allclose(shapes.strokes_S5[:, 4], 100 / 30, rtol=1e-4)
    assert len(shapes.outlines_E4) == 8  # two wedges
    assert sorted(len(label) for label in shapes.labels) == [1, 1, 1, 1, 1, 2]  # F O O H H Br


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<circle/>", "circle"),
        ('<path fill="none" stroke-dasharray="1" d="M 0 0 L 1 1"/>', "dashes"),
        ('<path fill="none" transform="rotate(3)" d="M 0 0 L 1 1"/>', "rotate"),
        ('<path d="M 0 0 A 1 1 1"/>', "'A'"),
        ('<path d="M 0 0 L 1"/>', "'L'"),
    ],
)
def test_what_is_unknown_is_an_error(body: str, reason: str) -> None:
    with pytest.raises(DrawingError, match=reason):
        shapes_of_svg(f"{HEAD}{body}</svg>".encode())

"""The competition's style: sizes, margins, scales, stereo and isotopes, and Indigo's own PNG."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import cv2
import numpy as np
import pytest

from inchify.rendering.bms_style import (
    BOND_PIXELS,
    competition_mask,
    draw,
    draw_competition,
    fine_canvas,
    picture_size,
)
from inchify.rendering.indigo import DrawingError, render

MOLECULES = {
    "plain": "InChI=1S/C13H20OS/c1-9(2)8-15-13-6-5-10(3)7-12(13)11(4)14/h5-7,9,11,14H,8H2,1-4H3",
    "stereo": "InChI=1S/C8H8BrFO2/c9-7(10)6(11)8(12)4-2-1-3-5-8/h1-4,7,12H,5H2/t7-,8+/m1/s1",
    "double": "InChI=1S/C10H12/c1-2-3-7-10-8-5-4-6-9-10/h3-9H,2H2,1H3/b7-3+",
    "isotope": "InChI=1S/C8H8O/c1-7(9)8-5-3-2-4-6-8/h2-6H,1H3/i1D3",
    "amide": "InChI=1S/C9H11NO/c1-2-9(11)10-8-6-4-3-5-7-8/h3-7H,2H2,1H3,(H,10,11)",
}


@pytest.mark.parametrize("bond", BOND_PIXELS)
@pytest.mark.parametrize("name", MOLECULES)
def test_size_and_margin_follow_the_extents(name: str, bond: int) -> None:
    drawing = draw(MOLECULES[name])
    left, top, right, bottom = drawing.box
    intensity = competition_mask(drawing, bond)
    assert intensity.shape == picture_size(drawing, bond)
    for side, extent in zip(intensity.shape, (bottom - top, right - left), strict=True):
        assert abs(side - (extent * bond + 2 * (bond + 1))) <= 2
    rows, columns = np.flatnonzero(intensity.any(axis=1)), np.flatnonzero(intensity.any(axis=0))
    margins = [
        rows[0],
        columns[0],
        intensity.shape[0] - 1 - rows[-1],
        intensity.shape[1] - 1 - columns[-1],
    ]
    assert all(abs(margin - (bond + 1)) <= 1 for margin in margins)


@pytest.mark.parametrize("bond", BOND_PIXELS)
@pytest.mark.parametrize("name", MOLECULES)
def test_agrees_with_indigos_own_png(name: str, bond: int) -> None:
    drawing = draw(MOLECULES[name])
    coded = np.frombuffer(render(MOLECULES[name], "png", 100), np.uint8)
    dark = 255 - cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)
    rows, columns = np.flatnonzero(dark.max(axis=1) > 127), np.flatnonzero(dark.max(axis=0) > 127)
    dark = dark[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    width, height = fine_canvas(drawing)
    canvas = np.zeros((height, width), np.uint8)
    top, left = (height - dark.shape[0]) // 2, (width - dark.shape[1]) // 2
    canvas[top : top + dark.shape[0], left : left + dark.shape[1]] = dark
    size = picture_size(drawing, bond)
    indigo = cv2.resize(canvas, size[::-1], interpolation=cv2.INTER_AREA) > 127
    # where in its pixel Indigo began is not known: the best of shifts by a fine pixel counts
    shifts = np.arange(-0.75, 0.8, 0.25) * bond / 100
    agreed = max(
        float((competition_mask(drawing, bond, (x, y)) == indigo).mean())
        for x in shifts.tolist()
        for y in shifts.tolist()
    )
    assert agreed > 0.99


def test_a_picture_is_a_function_of_its_generator() -> None:
    first, again, other = (
        draw_competition(MOLECULES["plain"], np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert first.shape != other.shape or not np.array_equal(first, other)
    widths = {
        draw_competition(MOLECULES["plain"], np.random.default_rng(seed)).shape[1] // 100
        for seed in range(12)
    }
    assert len(widths) == 2  # both bond lengths come up


def test_stereo_and_isotopes_show() -> None:
    def intensity(inchi: str) -> np.ndarray:
        return competition_mask(draw(inchi), 40)

    mirrored = MOLECULES["stereo"].replace("/m1", "/m0")
    assert not np.array_equal(intensity(MOLECULES["stereo"]), intensity(mirrored))
    light = MOLECULES["isotope"].removesuffix("/i1D3")
    assert intensity(MOLECULES["isotope"]).shape != intensity(light).shape


@pytest.mark.parametrize("text", ["", "InChI=1S/nonsense", "CCO", "InChI=1S/C2H6O/c1-2-9/h3H,2H2"])
def test_what_cannot_be_drawn_says_why(text: str) -> None:
    with pytest.raises(DrawingError, match="Indigo"):
        draw(text)


def test_letters_do_not_depend_on_the_systems_fonts() -> None:
    program = (
        "import hashlib\nfrom inchify.rendering.indigo import render\n"
        f"print(hashlib.sha256(render({MOLECULES['amide']!r}, 'svg', 100)).hexdigest())"
    )
    bare = {"PATH": "/usr/bin:/bin", "FONTCONFIG_FILE": "/nonexistent", "HOME": "/nonexistent"}
    got = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=bare
    )
    assert got.stdout.strip() == hashlib.sha256(render(MOLECULES["amide"], "svg", 100)).hexdigest()

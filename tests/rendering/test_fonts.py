"""Fonts are found by their letters, collections among them, and set foreground where it should
stand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTCollection, TTFont

from inchify.synthetic.text_lines import fonts
from inchify.synthetic.text_lines.fonts import font_files, has_letters, page_fonts, render_text

OWN = sorted(fonts._PACKAGE_FONTS.glob("*.ttf"))
CHINESE = "\u554a\u963f"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A machine whose system fonts are those of a folder of ours."""
    caches = (fonts.font_files, fonts.font_collections, fonts._coverage)
    monkeypatch.setattr(fonts, "_FOLDERS", (str(tmp_path),))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for cache in caches:
        cache.cache_clear()
    yield tmp_path
    for cache in caches:
        cache.cache_clear()


def with_letters(path: Path, letters: str) -> TTFont:
    """One of the package's fonts that draws these letters too, each as its A."""
    font = TTFont(OWN[0])
    glyph = font.getBestCmap()[ord("A")]
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap.update({ord(letter): glyph for letter in letters})
    font.save(path)
    return TTFont(path)


def test_the_packages_fonts_are_always_there(machine: Path) -> None:
    assert OWN and font_files() == tuple(map(str, OWN))
    assert page_fonts("Az09") == font_files()
    assert page_fonts(CHINESE) == (), "and none draws what it does not have"


def test_collections_are_found_for_letters_that_only_they_have(machine: Path) -> None:
    collection = TTCollection()
    collection.fonts = [with_letters(machine / "a.bin", CHINESE), TTFont(OWN[0])]
    path = machine / "chinese.ttc"
    collection.save(path)
    assert str(path) not in font_files() and str(path) not in page_fonts("Az")
    assert page_fonts(CHINESE) == (str(path),)
    assert has_letters(str(path), CHINESE) and not has_letters(str(path), "\u4e00")
    # the first font of a collection is the one that sets the text
    assert np.array_equal(
        render_text(CHINESE[0], str(path), 40).intensity,
        render_text("A", str(OWN[0]), 40).intensity,
    )


def test_a_lack_of_fonts_is_said(machine: Path) -> None:
    from inchify.synthetic.text_lines.pictures import line_fonts

    line_fonts.cache_clear()
    with pytest.raises(ValueError, match=f"has all of the letters '{CHINESE}'"):
        line_fonts(CHINESE)
    line_fonts.cache_clear()


def test_broken_files_and_symbols_are_passed_over(machine: Path) -> None:
    (machine / "broken.ttf").write_bytes(b"no font at all")
    (machine / "broken.ttc").write_bytes(b"ttcf and nothing")
    with_letters(machine / "TestSymbol.ttf", "")
    with_letters(machine / "Good.ttf", CHINESE)
    assert [Path(path).name for path in font_files()[len(OWN) :]] == ["Good.ttf"]
    assert [Path(path).name for path in page_fonts(CHINESE)] == ["Good.ttf"]


def test_ink_is_cut_to_the_letters_and_stands_on_its_line() -> None:
    font = str(OWN[0])
    capital, descending = render_text("H", font, 60), render_text("g", font, 60)
    for line in (capital, descending):
        assert line.intensity.dtype == np.uint8
        assert (
            line.intensity[[0, -1]].any(axis=1).all()
            and line.intensity[:, [0, -1]].any(axis=0).all()
        )
    assert abs(capital.baseline - len(capital.intensity)) <= 1, "a capital ends on the line"
    assert descending.baseline < len(descending.intensity) - 5
    assert render_text("HH", font, 60).advance == pytest.approx(2 * capital.advance, abs=1)
    wide = render_text("HHH", font, 60, tracking=10)
    assert wide.advance == pytest.approx(3 * capital.advance + 30, abs=2)
    assert wide.intensity.shape[1] == pytest.approx(
        render_text("HHH", font, 60).intensity.shape[1] + 20, abs=2
    )
    with pytest.raises(ValueError, match="draws nothing"):
        render_text(" ", font, 60)


def test_a_space_is_no_letter_that_a_font_must_have() -> None:
    assert has_letters(str(OWN[0]), "a b") and not has_letters(str(OWN[0]), "\U000e0041")

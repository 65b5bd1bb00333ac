"""Subsets of fonts, as the depictor letters drawings with them.

`python -m inchify.calibration.print_styles.fonts` writes `rendering/depictor/print_font/*.ttf`
again from Debian's packages fonts-texgyre and fonts-stix. Only maintainers run it, when a character
is missing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from inchify.rendering.depictor.glyphs import FONT_FOLDER, PRINT_FOLDER

TEX_GYRE = Path("/usr/share/texmf/fonts/opentype/public/tex-gyre")
SOURCES = {
    "termes": TEX_GYRE / "texgyretermes-regular.otf",
    "heros": TEX_GYRE / "texgyreheros-regular.otf",
    "cursor": TEX_GYRE / "texgyrecursor-regular.otf",
    "scientific": Path("/usr/share/fonts/opentype/stix/STIXGeneral-Regular.otf"),
}
# The largest distance of the quadratic outlines from the cubic ones, in units of the em / 1000.
LARGEST_ERROR = 0.5
CHANGES = "A subset with quadratic outlines and another name; see LICENSE beside it."


def characters() -> list[int]:
    """The characters that the first fonts of the package have."""
    return sorted(TTFont(FONT_FOLDER / "sans.ttf").getBestCmap())


def outline(source: TTFont, name: str) -> Any:
    """A glyph with quadratic curves.

    Args:
        source: The font.
        name: The glyph's name in it.

    Returns:
        A TrueType glyph.
    """
    pen = TTGlyphPen(None)
    source.getGlyphSet()[name].draw(Cu2QuPen(pen, LARGEST_ERROR, reverse_direction=True))
    return pen.glyph()


def write_subset(face: str, source: TTFont, target: Path) -> None:
    """Write a subset of a font with the package's characters.

    Args:
        face: Name of the face.
        source: The full font.
        target: The TrueType file to write.
    """
    names = source.getBestCmap()
    wanted = {code: names[code] for code in characters()}
    order = [".notdef", *sorted(set(wanted.values()))]
    metrics = {name: source["hmtx"][name] for name in order}
    builder = FontBuilder(source["head"].unitsPerEm, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(wanted)
    builder.setupGlyf({name: outline(source, name) for name in order})
    builder.setupHorizontalMetrics(metrics)
    header = source["hhea"]
    builder.setupHorizontalHeader(ascent=header.ascent, descent=header.descent)
    notice = next(str(record) for record in source["name"].names if record.nameID == 0)
    builder.setupNameTable(
        {
            "copyright": notice,
            "familyName": f"inchify {face}",
            "styleName": "Regular",
            "description": CHANGES,
        }
    )
    builder.setupOS2(sTypoAscender=header.ascent, sTypoDescender=header.descent)
    builder.setupPost(keepGlyphNames=False)
    builder.save(target)


def main() -> None:
    for face, path in SOURCES.items():
        target = PRINT_FOLDER / f"{face}.ttf"
        write_subset(face, TTFont(path), target)
        print(f"{target.name}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()

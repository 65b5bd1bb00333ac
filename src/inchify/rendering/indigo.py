"""Indigo's rendering of an InChI as SVG text or PNG bytes.

The door to ``epam.indigo``: its InChI reader, its layout and its renderer, set as the competition's
pictures were drawn. Indigo asks the system for a font and draws with whatever it gets; so that the
same picture comes out everywhere, it is given this folder's font and no other.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

FONT_FOLDER = Path(__file__).parent / "font"

OPTIONS: dict[str, tuple[Any, ...]] = {
    "render-coloring": (False,),
    "render-label-mode": ("hetero",),
    "render-stereo-style": ("none",),
    "render-background-color": (1.0, 1.0, 1.0),
}


class DrawingError(ValueError):
    """A molecule that cannot be drawn; the message says why."""


def use_own_font() -> None:
    """Make fontconfig, through this process's environment, use only the font of this folder.

    Works only before anything in the process has asked fontconfig for a font.
    """
    settings = (
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n'
        f"<fontconfig><dir>{escape(str(FONT_FOLDER))}</dir></fontconfig>\n"
    )
    name = hashlib.sha256(settings.encode()).hexdigest()[:16]
    path = Path(tempfile.gettempdir()) / f"inchify-font-{os.getuid()}-{name}.conf"
    if not path.exists():
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_text(settings, encoding="utf-8")
        os.replace(partial, path)
    os.environ["FONTCONFIG_FILE"] = str(path)


@lru_cache(maxsize=1)
def session() -> tuple[Any, Any, Any]:
    """Indigo, its renderer and its InChI reader, once for each process."""
    from indigo import Indigo
    from indigo.inchi import IndigoInchi
    from indigo.renderer import IndigoRenderer

    use_own_font()
    indigo = Indigo()
    renderer, reader = IndigoRenderer(indigo), IndigoInchi(indigo)
    for name, values in OPTIONS.items():
        indigo.setOption(name, *values)
    return indigo, renderer, reader


@lru_cache(maxsize=1)
def memory_file(process: int) -> int:
    """A file without a disk, once for each process (a forked one must not share it)."""
    return os.memfd_create(f"inchify-render-{process}")


def rendered(renderer: Any, molecule: Any) -> bytes:
    """Render a molecule to bytes, through a file in memory where the system has such.

    Indigo's ``renderToBuffer`` copies byte by byte in Python, which takes as long as rendering.

    Args:
        renderer: Indigo's renderer.
        molecule: Indigo molecule with coordinates.

    Returns:
        The bytes of the file in the renderer's output format.
    """
    if not hasattr(os, "memfd_create"):
        return bytes(renderer.renderToBuffer(molecule))
    file = memory_file(os.getpid())
    renderer.renderToFile(molecule, f"/proc/self/fd/{file}")
    return os.pread(file, os.fstat(file).st_size, 0)


def render(inchi: str, kind: str, bond_pixels: float) -> bytes:
    """Draw an InChI with Indigo.

    Args:
        inchi: The InChI to draw.
        kind: "svg" or "png".
        bond_pixels: Pixels per bond length.

    Returns:
        The bytes of the file.

    Raises:
        DrawingError: Indigo cannot draw it; the message is Indigo's.
        ValueError: ``kind`` is another format.
    """
    return render_molecule(inchi, kind, bond_pixels)[0]


def render_molecule(inchi: str, kind: str, bond_pixels: float) -> tuple[bytes, Any]:
    """Draw an InChI with Indigo and keep the molecule.

    Args:
        inchi: The InChI to draw.
        kind: "svg" or "png".
        bond_pixels: Pixels per bond length.

    Returns:
        The bytes of the file, and the laid out Indigo molecule that was drawn.

    Raises:
        DrawingError: Indigo cannot draw it; the message is Indigo's.
        ValueError: ``kind`` is another format.
    """
    from indigo import IndigoException

    _, renderer, reader = drawing_session(kind, bond_pixels)
    try:
        molecule = reader.loadMolecule(inchi)
        molecule.layout()
        return rendered(renderer, molecule), molecule
    except IndigoException as error:
        raise DrawingError(f"Indigo: {error}") from error


def render_molfile(
    molfile: str,
    places: Sequence[tuple[float, float, float]],
    kind: str,
    bond_pixels: float,
) -> tuple[bytes, Any]:
    """Draw a molfile with Indigo at given coordinates, without a new layout.

    Args:
        molfile: Text of the molfile.
        places: x, y and z of every atom; a molfile has only four decimals.
        kind: "svg" or "png".
        bond_pixels: Pixels per bond length.

    Returns:
        The bytes of the file, and the Indigo molecule that was drawn.

    Raises:
        DrawingError: Indigo cannot draw it; the message is Indigo's.
        ValueError: ``kind`` is another format, or ``places`` has not one row per atom.
    """
    from indigo import IndigoException

    indigo, renderer, _ = drawing_session(kind, bond_pixels)
    try:
        molecule = indigo.loadMolecule(molfile)
        for atom, place in zip(molecule.iterateAtoms(), places, strict=True):
            atom.setXYZ(*place)
        return rendered(renderer, molecule), molecule
    except IndigoException as error:
        raise DrawingError(f"Indigo: {error}") from error


def drawing_session(kind: str, bond_pixels: float) -> tuple[Any, Any, Any]:
    """Set the process's Indigo session to a format and scale.

    Args:
        kind: "svg" or "png".
        bond_pixels: Pixels per bond length.

    Returns:
        Indigo, its renderer and its InChI reader.

    Raises:
        ValueError: ``kind`` is another format.
    """
    if kind not in {"svg", "png"}:
        raise ValueError(f"'kind' is {kind!r}; it must be 'svg' or 'png'")
    indigo, renderer, reader = session()
    indigo.setOption("render-output-format", kind)
    indigo.setOption("render-bond-length", bond_pixels)
    return indigo, renderer, reader


def inchi_of(molecule: Any) -> str:
    """Compute an InChI with Indigo.

    Args:
        molecule: Indigo molecule, or the text of a molfile.

    Returns:
        The InChI.

    Raises:
        DrawingError: Indigo computes none; the message is Indigo's.
    """
    from indigo import IndigoException

    indigo, _, reader = session()
    try:
        loaded = indigo.loadMolecule(molecule) if isinstance(molecule, str) else molecule
        return str(reader.getInchi(loaded))
    except IndigoException as error:
        raise DrawingError(f"Indigo: {error}") from error

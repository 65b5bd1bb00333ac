"""2-D depiction of an InChI or SMILES as SVG text or PNG bytes; None where it is no molecule.

RDKit draws in killable workers, so any string is safe.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from typing import Any

from inchify.chemistry.convert import LONGEST_SMILES, quiet_chem
from inchify.chemistry.inchi import PREFIX
from inchify.chemistry.normalization import refusal
from inchify.isolation.pool import PoolSettings, WorkerPool
from inchify.isolation.processes import shared_process

LARGEST = 2000  # pixels along one side


def render(item: tuple[str, int, int]) -> str | None:
    """Job of a worker: an SVG of (text, width, height)."""
    text, width, height = item
    chem = quiet_chem()
    molecule = (chem.MolFromInchi if text.startswith(PREFIX) else chem.MolFromSmiles)(text)
    if molecule is None or not molecule.GetNumAtoms():
        return None
    from rdkit.Chem import rdDepictor
    from rdkit.Chem.Draw import rdMolDraw2D

    rdDepictor.Compute2DCoords(molecule)
    drawer = rdMolDraw2D.MolDraw2DSVG(width, height)
    options: Any = drawer.drawOptions()
    options.includeMetadata = False
    options.bondLineWidth = 1.5
    options.useBWAtomPalette()
    # The background is the page's own; two structures side by side get the same bond length.
    options.clearBackground = False
    options.fixedBondLength = 28.0
    rdMolDraw2D.PrepareAndDrawMolecule(drawer, molecule)
    drawer.FinishDrawing()
    return str(drawer.GetDrawingText())


def _warm_up() -> None:
    quiet_chem()
    from rdkit.Chem.Draw import rdMolDraw2D  # noqa: F401


@cache
def _pool() -> WorkerPool:
    settings = PoolSettings(deadline=3.0)
    return WorkerPool(render, settings, _warm_up, processes=shared_process())


def can_draw() -> bool:
    """Whether RDKit is installed."""
    return find_spec("rdkit") is not None


def draw(texts: Iterable[str], *, width: int = 320, height: int = 200) -> list[str | None]:
    """Draw molecules in two dimensions.

    Args:
        texts: InChIs or SMILES, any strings.
        width: Width of a drawing in pixels, 16 to ``LARGEST``.
        height: Height of a drawing in pixels, in the same range.

    Returns:
        For each text an ``<svg>`` element; None where the text is no molecule or cannot be drawn.

    Raises:
        ValueError: ``width`` or ``height`` is out of range.
    """
    for name, size in (("width", width), ("height", height)):
        if not 16 <= size <= LARGEST:
            raise ValueError(f"'{name}' is {size} pixels; it must be between 16 and {LARGEST}")
    texts = list(texts)
    wanted = [text for text in dict.fromkeys(texts) if _drawable(text)]
    outcomes = _pool().run([(text, width, height) for text in wanted])
    drawings = {
        text: _without_header(outcome.value) for text, outcome in zip(wanted, outcomes, strict=True)
    }
    return [drawings.get(text) for text in texts]


def draw_svg(text: str, *, width: int = 320, height: int = 200) -> str | None:
    """Draw one molecule as an ``<svg>`` element for a page.

    Args:
        text: InChI or SMILES, any string.
        width: Width of the drawing in pixels, 16 to ``LARGEST``.
        height: Height of the drawing in pixels, in the same range.

    Returns:
        The element, or None where the text is no molecule.

    Raises:
        ValueError: ``width`` or ``height`` is out of range.
    """
    return draw([text], width=width, height=height)[0]


def _drawable(text: object) -> bool:
    if not isinstance(text, str) or not text:
        return False
    if text.startswith("InChI"):
        return not refusal(text)
    return len(text) <= LONGEST_SMILES and text.isascii() and text.isprintable()


def _without_header(drawing: str | None) -> str | None:
    """An SVG without its XML declaration and RDKit's own namespaces, to stand inside a page."""
    if drawing is None:
        return None
    box = re.search(r"viewBox='[-0-9. ]*'", drawing)
    size = re.search(r"width='[0-9]+px' height='[0-9]+px'", drawing)
    content = drawing[drawing.index("-->") + 3 :]
    if box is None or size is None:
        raise ValueError("RDKit's SVG has no size: is this another version of RDKit?")
    return f"<svg xmlns='http://www.w3.org/2000/svg' {size[0]} {box[0]}>{content}"

"""An InChI goes in, Indigo's own drawing of it comes out as SVG text or PNG bytes.

The door to ``epam.indigo``: its InChI reader, its layout and its renderer, set as the competition's
pictures were drawn.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

OPTIONS: dict[str, tuple[Any, ...]] = {
    "render-coloring": (False,),
    "render-label-mode": ("hetero",),
    "render-stereo-style": ("none",),
    "render-background-color": (1.0, 1.0, 1.0),
}


class DrawingError(ValueError):
    """A molecule that cannot be drawn; the text says why."""


@lru_cache(maxsize=1)
def session() -> tuple[Any, Any, Any]:
    """Indigo, its renderer and its InChI reader, once for each process."""
    from indigo import Indigo
    from indigo.inchi import IndigoInchi
    from indigo.renderer import IndigoRenderer

    indigo = Indigo()
    renderer, reader = IndigoRenderer(indigo), IndigoInchi(indigo)
    for name, values in OPTIONS.items():
        indigo.setOption(name, *values)
    return indigo, renderer, reader


def render(inchi: str, kind: str, bond_pixels: float) -> bytes:
    """Indigo's drawing, ``kind`` "svg" or "png", at that many pixels for one bond length.

    Raises DrawingError with Indigo's own reason.
    """
    from indigo import IndigoException

    if kind not in {"svg", "png"}:
        raise ValueError(f"kind is {kind!r}, allowed are 'svg' and 'png'")
    indigo, renderer, reader = session()
    indigo.setOption("render-output-format", kind)
    indigo.setOption("render-bond-length", bond_pixels)
    try:
        molecule = reader.loadMolecule(inchi)
        molecule.layout()
        return bytes(renderer.renderToBuffer(molecule))
    except IndigoException as error:
        raise DrawingError(f"Indigo: {error}") from error

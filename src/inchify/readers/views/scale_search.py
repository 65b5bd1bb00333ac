"""Search for the scale at which the network knows bonds best.

The network tells a wrong scale itself: its length map says how long bonds are in the picture that
it was shown. A first, small pass gives that length, a second reads; more passes follow only where
the two do not agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import exp, inf, log, sqrt
from typing import Any

import cv2
import numpy as np

from inchify.data.pictures.scaling import normalize_contrast, rescale
from inchify.decoding.molecule_graph import PictureMaps, usual_bond

# Pixels of a bond that most networks are trained on.
USUAL_BOND = 16.0
# A drawing is taken for about so many bonds across at first (root of its box).
FIRST_BONDS = 8.0
# Ink above this belongs to a line: thin ones between two rows of pixels are pale in both.
FAINT = 64
# Where the first guess finds nothing, these factors of it are tried.
LADDER = (0.5, 2.0, 0.25, 4.0, 0.125)


@dataclass(frozen=True, kw_only=True)
class ScaleSettings:
    """``bond_pixels``: the length of bonds that the network reads best, None for what it was
    trained on (``USUAL_BOND`` where nothing tells). A pass whose bonds differ from it by less than
    ``near`` (a logarithm) is good. ``passes`` at most; ``most_pixels`` in one pass (a pass needs
    about 400 bytes for each). ``capital``: the usual height of a capital letter in bonds;
    ``least_length``: the shortest bonds in heights of a capital, ``least_widths`` in widths of a
    line. All bonds together are at most ``room`` times as long as the
    lines of the drawing. Where no pass that fits shows ``least_bonds``, the best with fewer
    counts, if they are ``most_of`` that length. More than
    ``crowd`` bonds are no molecule, which the reader must see to say so."""

    bond_pixels: float | None = None
    near: float = 0.12
    passes: int = 9
    most_pixels: int = 6_000_000
    least_bonds: int = 3
    capital: float = 0.48
    least_length: float = 1.15
    least_widths: float = 4.0
    room: float = 1.15
    most_of: float = 0.5
    crowd: int = 500


@dataclass
class PixelAllowance:
    """How many ``pixels`` of a view the network may still see before it begins its last pass."""

    pixels: int

    def takes(self, pixels: int) -> bool:
        """Whether a pass over so many pixels may begin; it is then counted."""
        begins = self.pixels > 0
        self.pixels -= pixels * begins
        return begins


@dataclass(frozen=True)
class NetworkPass:
    """One pass: how much the picture was scaled (across, down), its maps and how long bonds are
    there in pixels (0 when none was seen)."""

    factors: tuple[float, float]
    maps: PictureMaps
    bond: float
    bonds: int


MapFunction = Callable[[np.ndarray], PictureMaps]


def maps_at(maps_of: MapFunction, intensity: np.ndarray, factor: float) -> NetworkPass:
    """One pass over levelled ink at ``factor`` times its size."""
    small = normalize_contrast(rescale(intensity, (factor, factor)))
    maps = maps_of(small)
    bond, bonds = usual_bond(maps)
    factors = (small.shape[1] / intensity.shape[1], small.shape[0] / intensity.shape[0])
    return NetworkPass(factors, maps, bond, bonds)


def largest_factor(intensity: np.ndarray, settings: ScaleSettings) -> float:
    return sqrt(settings.most_pixels / max(intensity.size, 1))


def search_scale(
    maps_of: MapFunction,
    intensity: np.ndarray,
    settings: ScaleSettings,
    guess: float | None = None,
    *,
    capital: float = 0.0,
    lines: np.ndarray | None = None,
    labels: int = 0,
) -> NetworkPass | None:
    """The pass whose bonds come nearest to ``settings.bond_pixels``; None where no bond is seen.

    ``guess``: pixels of a bond in ``intensity``, where something else (a margin) tells it; where no
    letters were read either, nothing is asked of lines, of which noise may have left little.
    ``capital``: the height of its capital letters in pixels, 0 where none was read: bonds are about
    twice as long, and what is shorter than a letter is a letter's stroke. ``lines``: the ink
    without the letters of its ``labels``, at each of which a bond ends about a letter earlier.
    """
    limit, wanted = largest_factor(intensity, settings), settings.bond_pixels or USUAL_BOND
    shortest, room = 0.0, inf
    if capital or not guess:
        shortest = max(
            settings.least_length * capital, settings.least_widths * line_width(intensity)
        )
        # a stroke that touches a label is taken for its letter
        hidden = (labels + min(labels, 1)) * capital
        room = settings.room * (line_length(intensity if lines is None else lines) + hidden)
        guess = guess or capital / settings.capital
    first = wanted / (guess or sqrt(intensity.size) / FIRST_BONDS)
    passes = _Passes(settings, shortest, room)
    done: list[float] = []
    pending = [*_ladder(first), wanted / max(intensity.shape)]
    while pending and len(done) < settings.passes:
        factor = min(pending.pop(0), limit)
        if any(abs(log(factor / old)) < 0.03 for old in done):
            continue
        done.append(factor)
        network_pass = maps_at(maps_of, intensity, factor)
        if not passes.counts(network_pass):
            continue
        if passes.best is not None and passes.unfit(passes.best) < settings.near:
            return passes.best
        # what this pass says about the length comes before the ladder
        step = wanted / network_pass.bond
        pending.insert(0, factor * exp(max(-1.2, min(1.2, log(step)))))
    return passes.chosen()


@dataclass
class _Passes:
    """The passes so far: the ``best`` that a drawing can have, those with ``few`` bonds, and those
    whose bonds are shorter than ``shortest`` pixels of ink or together longer than ``room``."""

    settings: ScaleSettings
    shortest: float
    room: float
    best: NetworkPass | None = None
    few: list[NetworkPass] = field(default_factory=list)
    impossible: list[NetworkPass] = field(default_factory=list)

    def counts(self, network_pass: NetworkPass) -> bool:
        """Take a pass in; whether a drawing can have such bonds, and enough of them."""
        least = min(self.settings.least_bonds, self.best.bonds if self.best else 1000)
        if network_pass.bonds and (
            self.total(network_pass) > self.room
            or network_pass.bond < self.shortest * _size(network_pass)
        ):
            self.impossible.append(network_pass)
        elif network_pass.bonds >= least:
            if self.best is None or self.unfit(network_pass) < self.unfit(self.best):
                self.best = network_pass
            return True
        elif network_pass.bonds:
            self.few.append(network_pass)
        return False

    def total(self, network_pass: NetworkPass) -> float:
        """The length of all bonds together in pixels of ink."""
        return network_pass.bonds * network_pass.bond / _size(network_pass)

    def unfit(self, network_pass: NetworkPass) -> float:
        """How far a pass is from what the network likes and the drawing can have."""
        if self.room == inf:
            return misfit(network_pass, self.settings)
        crowded = log(max(self.total(network_pass), 1.0) / max(self.room, 1.0))
        return misfit(network_pass, self.settings) + max(0.0, crowded)

    def chosen(self) -> NetworkPass | None:
        """The pass to read from, None where none showed a bond."""
        nearest = min(self.impossible, key=lambda one: misfit(one, self.settings), default=None)
        best = self.best or nearest
        if nearest is not None and nearest.bonds > self.settings.crowd and best is self.best:
            doubtful = best is None or self.unfit(best) >= self.settings.near
            best = nearest if doubtful else best
        few = min(self.few, key=self.unfit, default=None)
        if best is None or few is None:
            return best or few
        near = self.settings.near if self.best else 2.5 * self.settings.near
        fits = self.unfit(few) < near
        return few if fits and self.total(few) > self.settings.most_of * self.room else best


def _size(network_pass: NetworkPass) -> float:
    """How many times as large as the ink the network's picture is."""
    return sqrt(network_pass.factors[0] * network_pass.factors[1])


def line_length(intensity: np.ndarray) -> float:
    """The length in pixels of all lines in uint8 ink."""
    return float((intensity > FAINT).sum()) / max(line_width(intensity), 1.0)


def line_width(intensity: np.ndarray) -> float:
    """The mean width in pixels of the lines in uint8 ink: twice their area over their outline,
    which is counted on the paper beside them, for lines may be one pixel wide."""
    inked = (intensity > FAINT).view(np.uint8)
    outline = cv2.dilate(inked, np.ones((3, 3), np.uint8)) - inked
    return 2.0 * float(inked.sum()) / max(float(outline.sum()), 1.0)


def _ladder(first: float) -> Iterator[float]:
    yield first
    yield from (first * step for step in LADDER)


def misfit(network_pass: NetworkPass, settings: ScaleSettings) -> float:
    """How far the bonds are from the best length, as a logarithm."""
    wanted = settings.bond_pixels or USUAL_BOND
    return abs(log(network_pass.bond / wanted)) if network_pass.bond > 0 else 9.0


def learned_bond(description: Mapping[str, Any]) -> float:
    """The middle length of bonds that a network was trained on, in pixels."""
    try:
        data = description["task"]["settings"]["data"]
        return float(round((data["bond_low"] + data["bond_high"]) / 2))
    except (KeyError, TypeError):
        return USUAL_BOND

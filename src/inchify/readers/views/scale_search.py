"""Search for the scale at which the network detects bonds best.

The network detects a wrong scale itself: its length map predicts the length of bonds in its input.
A first, small pass gives that length, a second reads; more passes follow only where the two do not
agree.
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
# First guess of a drawing's extent in bonds (square root of its area).
FIRST_BONDS = 8.0
# Foreground above this belongs to a line: thin ones between two rows of pixels are pale in both.
FAINT = 64
# Where the first guess finds nothing, these factors of it are tried.
LADDER = (0.5, 2.0, 0.25, 4.0, 0.125)


@dataclass(frozen=True, kw_only=True)
class ScaleSettings:
    """``bond_pixels``: the length of bonds that the network reads best, None for what it was
    trained on (``USUAL_BOND`` where that is unknown). A pass whose bonds differ from it by less
    than ``max_misfit`` (a logarithm) is accepted. At most ``passes``, each of at most
    ``most_pixels`` (a pass needs about 400 bytes for each). ``capital``: the usual height of a
    capital letter in bonds; ``least_length``: the shortest bonds in heights of a capital,
    ``least_widths`` in widths of a line. The total length of bonds is at most ``max_length_ratio``
    times that of the drawing's lines. Where no pass that fits has ``least_bonds``, the best with
    fewer counts, if they are ``most_of`` that length. More than ``crowd`` bonds are not a molecule;
    the reader needs such a pass to refuse the picture."""

    bond_pixels: float | None = None
    max_misfit: float = 0.12
    passes: int = 9
    most_pixels: int = 6_000_000
    least_bonds: int = 3
    capital: float = 0.48
    least_length: float = 1.15
    least_widths: float = 4.0
    max_length_ratio: float = 1.15
    most_of: float = 0.5
    crowd: int = 500


@dataclass
class PixelAllowance:
    """The number of ``pixels`` of a view that network passes may still have; the last pass may
    exceed it."""

    pixels: int

    def takes(self, pixels: int) -> bool:
        """Whether a pass over this number of pixels may begin; it is then counted."""
        begins = self.pixels > 0
        self.pixels -= pixels * begins
        return begins


@dataclass(frozen=True)
class NetworkPass:
    """One pass: scale ``factors`` (across, down) of the picture, its maps, the length of a bond in
    them in pixels (0 without bonds) and the number of ``bonds``."""

    factors: tuple[float, float]
    maps: PictureMaps
    bond: float
    bonds: int


MapFunction = Callable[[np.ndarray], PictureMaps]


def maps_at(maps_of: MapFunction, intensity: np.ndarray, factor: float) -> NetworkPass:
    """Run the network once.

    Args:
        maps_of: The network.
        intensity: Foreground, uint8 (H, W).
        factor: Scale at which the network gets it, with normalized contrast.

    Returns:
        The maps and the length of bonds in them.
    """
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
    """Search for the scale at which bonds have the length ``settings.bond_pixels``.

    Args:
        maps_of: The network.
        intensity: Foreground, uint8 (H, W).
        settings: Lengths and limits.
        guess: Length of a bond in pixels, where something else (a margin) shows it. Without letters
            the lines are then not measured, of which noise may have left little.
        capital: Height of capital letters in pixels, 0 where none was read. Bonds are about twice
            as long; shorter ones are strokes of letters.
        lines: The foreground without the letters of labels.
        labels: Number of labels; a bond ends about a letter before each.

    Returns:
        The best pass; None where no pass has bonds.
    """
    limit, wanted = largest_factor(intensity, settings), settings.bond_pixels or USUAL_BOND
    shortest, max_length = 0.0, inf
    if capital or not guess:
        shortest = max(
            settings.least_length * capital, settings.least_widths * line_width(intensity)
        )
        # a stroke that touches a label is taken for its letter
        hidden = (labels + min(labels, 1)) * capital
        max_length = settings.max_length_ratio * (
            line_length(intensity if lines is None else lines) + hidden
        )
        guess = guess or capital / settings.capital
    first = wanted / (guess or sqrt(intensity.size) / FIRST_BONDS)
    passes = _Passes(settings, shortest, max_length)
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
        if passes.best is not None and passes.unfit(passes.best) < settings.max_misfit:
            return passes.best
        # the scale that this pass predicts comes before the ladder
        step = wanted / network_pass.bond
        pending.insert(0, factor * exp(max(-1.2, min(1.2, log(step)))))
    return passes.chosen()


@dataclass
class _Passes:
    """The passes so far: the ``best`` that is possible, those with ``few`` bonds, and those whose
    bonds are shorter than ``shortest`` or together longer than ``max_length`` foreground pixels."""

    settings: ScaleSettings
    shortest: float
    max_length: float
    best: NetworkPass | None = None
    few: list[NetworkPass] = field(default_factory=list)
    impossible: list[NetworkPass] = field(default_factory=list)

    def counts(self, network_pass: NetworkPass) -> bool:
        """Record a pass; whether its bonds are possible and numerous enough."""
        min_bonds = min(self.settings.least_bonds, self.best.bonds if self.best else 1000)
        if network_pass.bonds and (
            self.total(network_pass) > self.max_length
            or network_pass.bond < self.shortest * _size(network_pass)
        ):
            self.impossible.append(network_pass)
        elif network_pass.bonds >= min_bonds:
            if self.best is None or self.unfit(network_pass) < self.unfit(self.best):
                self.best = network_pass
            return True
        elif network_pass.bonds:
            self.few.append(network_pass)
        return False

    def total(self, network_pass: NetworkPass) -> float:
        """The length of all bonds together in foreground pixels."""
        return network_pass.bonds * network_pass.bond / _size(network_pass)

    def unfit(self, network_pass: NetworkPass) -> float:
        """The deviation of a pass from the best length and the possible total length, in nats."""
        if self.max_length == inf:
            return misfit(network_pass, self.settings)
        crowded = log(max(self.total(network_pass), 1.0) / max(self.max_length, 1.0))
        return misfit(network_pass, self.settings) + max(0.0, crowded)

    def chosen(self) -> NetworkPass | None:
        """The pass to read from, None where none has a bond."""
        nearest = min(self.impossible, key=lambda item: misfit(item, self.settings), default=None)
        best = self.best or nearest
        if nearest is not None and nearest.bonds > self.settings.crowd and best is self.best:
            doubtful = best is None or self.unfit(best) >= self.settings.max_misfit
            best = nearest if doubtful else best
        few = min(self.few, key=self.unfit, default=None)
        if best is None or few is None:
            return best or few
        tolerance = self.settings.max_misfit if self.best else 2.5 * self.settings.max_misfit
        fits = self.unfit(few) < tolerance
        return few if fits and self.total(few) > self.settings.most_of * self.max_length else best


def _size(network_pass: NetworkPass) -> float:
    """The scale of the network's picture relative to the foreground."""
    return sqrt(network_pass.factors[0] * network_pass.factors[1])


def line_length(intensity: np.ndarray) -> float:
    """The length in pixels of all lines in uint8 foreground."""
    return float((intensity > FAINT).sum()) / max(line_width(intensity), 1.0)


def line_width(intensity: np.ndarray) -> float:
    """The mean width of lines in pixels: twice their area divided by their outline, which is
    counted on the paper beside them, for lines may be one pixel wide.

    Args:
        intensity: Foreground, uint8 (H, W).
    """
    foreground = (intensity > FAINT).view(np.uint8)
    outline = cv2.dilate(foreground, np.ones((3, 3), np.uint8)) - foreground
    return 2.0 * float(foreground.sum()) / max(float(outline.sum()), 1.0)


def _ladder(first: float) -> Iterator[float]:
    yield first
    yield from (first * step for step in LADDER)


def misfit(network_pass: NetworkPass, settings: ScaleSettings) -> float:
    """The absolute logarithm of the ratio of the bonds' length and the best length."""
    wanted = settings.bond_pixels or USUAL_BOND
    return abs(log(network_pass.bond / wanted)) if network_pass.bond > 0 else 9.0


def learned_bond(description: Mapping[str, Any]) -> float:
    """The middle of the range of bond lengths that a network was trained on, in pixels.

    Args:
        description: The description beside the network's weights.
    """
    try:
        data = description["task"]["settings"]["data"]
        return float(round((data["bond_low"] + data["bond_high"]) / 2))
    except (KeyError, TypeError):
        return USUAL_BOND

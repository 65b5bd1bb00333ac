"""Bond candidates checked at the picture's full resolution.

Shape letters: H and W pixels, A atom candidates, B bond candidates, K kinds of bonds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from inchify.chemistry.graph_assembly.candidates import NONE as NONE_COLUMN
from inchify.chemistry.graph_assembly.candidates import AtomCandidates, BondCandidates, bond_length
from inchify.chemistry.symbols import ATOM_CLASSES, BOND_KINDS, DIRECTED, TEXT
from inchify.data.strokes.bond_patches import (
    BACK,
    NONE,
    bond_patches,
    sample_along,
    scalar_features,
)
from inchify.decoding.activations import log_softmax
from inchify.readers.loading import load_bond_classifier
from inchify.readers.networks import LoadedBondClassifier
from inchify.readers.views.coordinates import Frame

# The samples along the middle of a bond (shares of its length), and across it in bond lengths.
MIDDLE, BESIDE = np.linspace(0.3, 0.7, 25), np.linspace(-0.08, 0.08, 9)
# The least darkness of a stroke, as a share of this quantile of the columns' darkest pixels.
FAINT, FULL = 0.15, 0.95


@dataclass(frozen=True, kw_only=True)
class BondCheckSettings:
    """The weight of the classifier of bond patches beside the dense network.

    ``strength``: its log-likelihood ratios are multiplied by this; ``limit``: the ratios are
    clipped to this many nats; ``empty``: nats against any bond where nothing is drawn; ``least``:
    candidates with a smaller probability of a bond are left as they are. Where bonds are shorter
    than ``shortest`` pixels nothing is checked: the classifier is not trained on such pictures.
    """

    strength: float = 1.0
    limit: float = 6.0
    empty: float = 3.0
    least: float = 0.02
    shortest: float = 15.0


class BondChecker:
    """Corrects the kinds of bond candidates by what is drawn along them."""

    def __init__(
        self, loaded: LoadedBondClassifier, settings: BondCheckSettings | None = None
    ) -> None:
        self.settings = settings or BondCheckSettings()
        self.network, self.kinds, self.digest = loaded.network, loaded.kinds, loaded.digest
        self.log_share_K = np.log(np.maximum(loaded.shares.astype(np.float64), 1e-4))

    @classmethod
    def load(
        cls, folder: Path, settings: BondCheckSettings | None = None, *, threads: int = 1
    ) -> BondChecker:
        """Load the checker of a weights folder.

        Args:
            folder: A checkpoint, run or weights folder of a bond classifier, or an exported one.
            settings: How much the classifier counts.
            threads: Threads that an exported network computes with.

        Raises:
            ValueError: As ``load_bond_classifier``.
        """
        return cls(load_bond_classifier(folder, threads=threads), settings)

    def checked(
        self,
        intensity_HW: np.ndarray,
        atoms: AtomCandidates,
        bonds: BondCandidates,
        frame: Frame,
    ) -> BondCandidates:
        """Reweight the kinds and directions of bond candidates.

        Args:
            intensity_HW: uint8, 255 where there is full foreground.
            atoms: In pixels of the network's picture.
            bonds: Between those atoms.
            frame: Maps the picture to the network's picture.

        Returns:
            The same candidates, perhaps with other probabilities.
        """
        selected_N = np.flatnonzero(bonds.log_kind_BK[:, 0] < np.log1p(-self.settings.least))
        unit = bond_length(atoms, bonds) / float(np.mean(frame.factors))
        if not len(selected_N) or unit < self.settings.shortest:
            return bonds
        pairs_N2 = bonds.pairs_B2[selected_N]
        ends_N4 = np.hstack(
            [
                frame.to_picture(_attachments(atoms, pairs_N2[:, side], pairs_N2[:, 1 - side]))
                for side in (0, 1)
            ]
        )
        ratio_NK = self._log_ratios(intensity_HW, ends_N4, unit)
        evidence_NK = self._of_columns(ratio_NK)
        # the classifier takes a patch without any stroke for a pale hash
        empty_N = ~_has_foreground(intensity_HW, ends_N4, unit)
        ratio_NK[empty_N] = 0.0
        evidence_NK[empty_N] = self.settings.empty * (
            np.arange(evidence_NK.shape[1]) == NONE_COLUMN
        )
        log_kind_BK, forward_B = bonds.log_kind_BK.copy(), bonds.forward_B.copy()
        log_kind_NK = log_kind_BK[selected_N] + evidence_NK
        log_kind_BK[selected_N] = log_kind_NK - _log_sum(log_kind_NK)[:, None]
        forward_B[selected_N] = self._forward(forward_B[selected_N], ratio_NK)
        return replace(bonds, log_kind_BK=log_kind_BK, forward_B=forward_B)

    def _log_ratios(self, intensity_HW: np.ndarray, ends_N4: np.ndarray, unit: float) -> np.ndarray:
        """For each class the logarithm of its chance over its share in training, float64 (N, K)."""
        patches = bond_patches(intensity_HW, ends_N4, unit)
        logits_NK = self.network.logits(patches, scalar_features(ends_N4, unit))
        return np.asarray(log_softmax(logits_NK) - self.log_share_K)

    def _of_columns(self, ratio_NK: np.ndarray) -> np.ndarray:
        """The ratios as the columns of ``BondCandidates.log_kind_BK`` have them: the better
        direction of a directed kind counts."""
        columns = []
        for kind in (NONE, *BOND_KINDS):
            names = [name for name in (kind, kind + BACK) if name in self.kinds]
            places = [self.kinds.index(name) for name in names]
            # the classifier takes a kind that it does not know for a single bond
            places = places or [self.kinds.index("single")]
            columns.append(ratio_NK[:, places].max(axis=1))
        limit = self.settings.limit
        return self.settings.strength * np.clip(np.stack(columns, axis=1), -limit, limit)

    def _forward(self, forward_N: np.ndarray, ratio_NK: np.ndarray) -> np.ndarray:
        """The chance that a directed bond begins at the pair's first atom."""
        directed = [kind for kind in BOND_KINDS if kind in DIRECTED and kind + BACK in self.kinds]
        ahead_NK, back_NK = (
            ratio_NK[:, [self.kinds.index(kind + end) for kind in directed]] for end in ("", BACK)
        )
        likeliest_N = np.maximum(ahead_NK, back_NK).argmax(axis=1)
        rows = np.arange(len(ratio_NK))
        limit = self.settings.limit
        favour = np.clip(ahead_NK[rows, likeliest_N] - back_NK[rows, likeliest_N], -limit, limit)
        chance_N = np.clip(forward_N, 1e-6, 1 - 1e-6)
        odds_N = np.log(chance_N / (1 - chance_N)) + self.settings.strength * favour
        return np.asarray(1.0 / (1.0 + np.exp(-odds_N)))


def _has_foreground(intensity_HW: np.ndarray, ends_N4: np.ndarray, unit: float) -> np.ndarray:
    """Whether anything is drawn in the middle of each line, bool (N,)."""
    samples_NAT = sample_along(intensity_HW, ends_N4, MIDDLE, BESIDE * unit)
    return np.asarray(
        samples_NAT.max(axis=(1, 2)) >= FAINT * np.quantile(intensity_HW.max(axis=0), FULL)
    )


def _attachments(atoms: AtomCandidates, ends_N: np.ndarray, others_N: np.ndarray) -> np.ndarray:
    """The end points of bonds: the atoms, or the letter of a longer label that is nearest to the
    other end.

    Args:
        atoms: In pixels of the network's picture.
        ends_N: The atoms at which the bonds end.
        others_N: The atoms at their other ends.

    Returns:
        Float (N, 2), in pixels of the network's picture.
    """
    places_N2 = atoms.xy_A2[ends_N].copy()
    left_N, top_N, right_N, bottom_N = atoms.box_A4[ends_N].T
    half_N = (bottom_N - top_N) / 2
    wide_N = atoms.class_AK[ends_N].argmax(axis=1) == ATOM_CLASSES.index(TEXT)
    wide_N &= right_N - left_N > 2 * half_N
    nearest_N = np.clip(atoms.xy_A2[others_N, 0], left_N + half_N, right_N - half_N)
    places_N2[wide_N, 0] = nearest_N[wide_N]
    return places_N2


def _log_sum(log_NK: np.ndarray) -> np.ndarray:
    """The logarithm of the sums of exponentials over the last axis."""
    top_N = log_NK.max(axis=1)
    return np.asarray(top_N + np.log(np.exp(log_NK - top_N[:, None]).sum(axis=1)))

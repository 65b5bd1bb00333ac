"""Annotated real pictures mixed into the graph reader's training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from inchify.chemistry.symbols import TEXT, atom_class
from inchify.data.annotated_pictures import (
    PICTURES,
    Agreement,
    AnnotatedPicture,
    fold_of,
    read_annotations,
)
from inchify.data.pictures.scaling import normalize_contrast, rescale


@dataclass(frozen=True, kw_only=True)
class RealPictureSettings:
    """A folder that ``inchify annotate`` wrote, and the ``share`` of a training's pictures that
    come from it. Of ``folds`` folds, by a hash of the molecule, the first is kept out of training
    (0 keeps none out) and validates it: up to ``validation`` of its pictures. ``agreements``: which
    annotations are taken."""

    folder: str
    share: float
    folds: int = 10
    validation: int = 60
    agreements: tuple[Agreement, ...] = ("whole", "without stereo", "partial")

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise ValueError(f"'share' is {self.share}; it must be more than 0 and below 1")
        if self.folds < 0 or self.folds == 1:
            raise ValueError(f"'folds' is {self.folds}; it must be 0 or at least 2")
        if "none" in self.agreements or not self.agreements:
            raise ValueError("'agreements' must name some of: whole, without stereo, partial")


class RealPictures:
    """Annotated pictures of several folders, each drawn from with its share.

    Raises ValueError where a folder has no picture to train on.
    """

    def __init__(self, settings: Sequence[RealPictureSettings]) -> None:
        self.folders = [Path(source.folder) for source in settings]
        self.edges = np.cumsum([source.share for source in settings])
        self.pictures = [trained_on(source) for source in settings]

    def pick(self, generator: np.random.Generator) -> tuple[AnnotatedPicture, np.ndarray] | None:
        """A random picture and its pixels, uint8 (H, W) with 255 = full foreground; None where a
        drawing is due. Draws no random number without folders."""
        if not self.folders:
            return None
        place = int(np.searchsorted(self.edges, generator.random(), side="right"))
        if place == len(self.folders):
            return None
        chosen = self.pictures[place][int(generator.integers(len(self.pictures[place])))]
        return chosen, picture_intensity(self.folders[place], chosen)


def picture_intensity(folder: Path, picture: AnnotatedPicture) -> np.ndarray:
    """Inverted gray values of an annotated picture, uint8 (H, W). Raises ValueError where it cannot
    be read."""
    path = folder / PICTURES / f"{picture.image_id}.png"
    gray = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if gray is None:
        raise ValueError(f"{path}: this picture cannot be read")
    return np.uint8(255) - gray


def trained_on(settings: RealPictureSettings) -> list[AnnotatedPicture]:
    """The pictures of a folder that training may see. Raises ValueError where there are none."""
    pictures = [
        picture
        for picture in read_annotations(Path(settings.folder))
        if picture.agreement in settings.agreements and not is_kept_out(picture, settings)
    ]
    if not pictures:
        raise ValueError(f"{settings.folder}: none of its annotated pictures may be trained on")
    return pictures


def is_kept_out(picture: AnnotatedPicture, settings: RealPictureSettings) -> bool:
    """Whether a picture's molecule is of the fold that training never sees."""
    return settings.folds > 0 and fold_of(picture.inchi, settings.folds) == 0


def validation_pictures(settings: RealPictureSettings, bond: float) -> list[tuple[np.ndarray, str]]:
    """Kept-out pictures at a scale of ``bond`` pixels a bond, with their InChIs. Only such whose
    labels are all classes of the network, for a training reads no text."""
    folder = Path(settings.folder)
    chosen = [
        picture
        for picture in read_annotations(folder)
        if picture.agreement in settings.agreements
        and is_kept_out(picture, settings)
        and not any(atom_class(atom) == TEXT for atom in picture.graph.atoms)
    ]
    pictures = []
    for picture in chosen[: settings.validation]:
        factor = bond / picture.bond_pixels
        intensity = rescale(picture_intensity(folder, picture), (factor, factor))
        pictures.append((normalize_contrast(intensity), picture.inchi))
    return pictures

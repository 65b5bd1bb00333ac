"""Annotated real pictures in a graph reader's training."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from inchify.data.annotated_pictures import (
    ANNOTATIONS,
    PICTURES,
    AnnotatedPicture,
    complete_lines,
    fold_of,
    read_annotations,
)
from inchify.decoding.molecule_graph import graph_layout
from inchify.models.dense.network import DenseMaps
from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.synthetic.style_mix import StyleMix
from inchify.tasks.molecule_graph.batch import graph_batch
from inchify.tasks.molecule_graph.data import CanvasSource, training_picture
from inchify.tasks.molecule_graph.loss import GraphLossSettings, graph_loss
from inchify.tasks.molecule_graph.pictures import degraded_real_picture, rotated
from inchify.tasks.molecule_graph.real_pictures import (
    RealPictures,
    RealPictureSettings,
    validation_pictures,
)
from inchify.tasks.molecule_graph.settings import GraphDataSettings
from inchify.types import GraphAtom, GraphBond, MoleculeGraph

LIBRARY = MoleculeLibrary.load(Path(__file__).parents[2] / "input" / "sample" / "molecules.smi.gz")
OWN = StyleMix(own=1.0, competition=0.0, rdkit=0.0, indigo=0.0, contracted=0.0)
DATA = GraphDataSettings(canvas=256, canvases=2, styles=OWN)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawings as annotated pictures; every third is known in part."""
    home = tmp_path_factory.mktemp("annotated")
    (home / PICTURES).mkdir()
    lines = []
    for number in range(30):
        generator = np.random.default_rng(number)
        picture = training_picture(LIBRARY, DATA, generator, style="own", with_inchi=True)
        whole = number % 3 > 0
        lines.append(
            AnnotatedPicture(
                f"p{number}",
                picture.inchi,
                "whole" if whole else "partial",
                picture.graph,
                () if whole else ((0.0, 0.0, 20.5, 20.25),),
                16.0,
            ).to_line()
        )
        cv2.imwrite(str(home / PICTURES / f"p{number}.png"), 255 - picture.intensity)
    nothing = AnnotatedPicture("nothing", "InChI=1S/CH4/h1H4").to_line()
    (home / ANNOTATIONS).write_text("\n".join([*lines, nothing]) + "\n")
    return home


def test_annotations_are_what_was_written(folder: Path) -> None:
    pictures = list(read_annotations(folder))
    assert len(pictures) == 31
    for picture in pictures:
        assert AnnotatedPicture.of_line(picture.to_line()) == picture
    assert pictures[0].ignored == ((0.0, 0.0, 20.5, 20.25),)


def test_a_line_that_was_not_written_whole_is_cut_off(folder: Path, tmp_path: Path) -> None:
    whole = (folder / ANNOTATIONS).read_text()
    path = tmp_path / ANNOTATIONS
    path.write_text(whole + '{"image_id": "x", "inc')
    assert len(complete_lines(path)) == 31
    assert path.read_text() == whole
    path.write_text(whole + "{}\n")
    with pytest.raises(ValueError, match="line 32"):
        list(read_annotations(tmp_path))


def test_a_fold_is_never_trained_on_and_is_the_validation(folder: Path) -> None:
    settings = RealPictureSettings(folder=str(folder), share=0.5, folds=3)
    trained = {picture.inchi for picture in RealPictures([settings]).pictures[0]}
    kept = {inchi for _, inchi in validation_pictures(settings, 16.0)}
    assert trained and kept and not trained & kept
    assert all(fold_of(inchi, 3) for inchi in trained) and not any(fold_of(i, 3) for i in kept)
    whole = RealPictureSettings(folder=str(folder), share=0.5, folds=0, agreements=("whole",))
    assert len(RealPictures([whole]).pictures[0]) == 20


def test_stereoisomers_share_a_fold() -> None:
    flat = "InChI=1S/C3H7NO2/c1-2(4)3(5)6/h2H,4H2,1H3,(H,5,6)"
    assert {fold_of(f"{flat}/t2-/m{place}/s1", 1000) for place in (0, 1)} == {fold_of(flat, 1000)}


def test_shares_are_kept(folder: Path) -> None:
    real = RealPictures(
        [RealPictureSettings(folder=str(folder), share=share, folds=0) for share in (0.1, 0.3)]
    )
    generator = np.random.default_rng(0)
    taken = sum(real.pick(generator) is not None for _ in range(400))
    assert 120 < taken < 200


def test_what_is_unknown_is_no_part_of_the_loss() -> None:
    atoms = (GraphAtom(20.0, 20.0), GraphAtom(36.0, 20.0), GraphAtom(100.0, 100.0))
    graph = MoleculeGraph(atoms, (GraphBond(0, 1),))
    layout = graph_layout(2)
    canvas = np.zeros((1, 128, 128), np.uint8)
    box = (12.0, 12.0, 44.0, 28.0)
    batch = graph_batch(canvas, [(0, graph)], ["one"], stride=4, layout=layout, ignored=[(0, box)])
    assert not len(batch.bond_cells_M3)
    assert (batch.atom_cells_N3[:, 1:] > 20).all() and len(batch.atom_cells_N3)
    torch.manual_seed(0)
    maps_BCHW = torch.randn(1, layout.channels, 32, 32)
    changed_BCHW = maps_BCHW.clone()
    changed_BCHW[:, :, 3:7, 3:11] += 5.0

    def loss(values_BCHW: torch.Tensor) -> float:
        return graph_loss(DenseMaps(values_BCHW), batch, layout, GraphLossSettings()).total.item()

    assert loss(maps_BCHW) == loss(changed_BCHW)
    changed_BCHW[:, :, 20:, 20:] += 5.0
    assert loss(maps_BCHW) != loss(changed_BCHW)


def test_a_seen_picture_keeps_its_truth_on_its_ink(folder: Path) -> None:
    real = RealPictures([RealPictureSettings(folder=str(folder), share=0.9, folds=0)])
    generator = np.random.default_rng(5)
    seen = [
        degraded_real_picture(*found, DATA, generator)
        for _ in range(30)
        if (found := real.pick(generator))
    ]
    assert len(seen) > 20 and any(picture.ignored for picture in seen)
    for picture in seen:
        middles = [
            (
                (picture.graph.atoms[bond.begin].x + picture.graph.atoms[bond.end].x) / 2,
                (picture.graph.atoms[bond.begin].y + picture.graph.atoms[bond.end].y) / 2,
            )
            for bond in picture.graph.bonds
        ]
        near = cv2.dilate(picture.intensity, np.ones((5, 5), np.uint8))
        foreground = [
            near[min(int(y), len(near) - 1), min(int(x), near.shape[1] - 1)] > 40
            for x, y in middles
        ]
        assert np.mean(foreground) > 0.9


def test_a_turn_takes_the_graph_along() -> None:
    intensity = np.zeros((60, 100), np.uint8)
    intensity[20:23, 70:73] = 255
    turned, place = rotated(intensity, 30.0)
    rows, columns = np.nonzero(turned > 100)
    assert place(71.5, 21.5) == pytest.approx((columns.mean() + 0.5, rows.mean() + 0.5), abs=0.6)


def source(settings: GraphDataSettings, folder: Path | None = None) -> CanvasSource:
    real = None
    if folder is not None:
        real = RealPictures([RealPictureSettings(folder=str(folder), share=0.4)])
    return CanvasSource(
        LIBRARY, settings, graph_layout(2), 4, seed=1, epoch=0, numbers=range(8), real=real
    )


def test_drawings_are_used_again_with_other_damage(folder: Path) -> None:
    settings = GraphDataSettings(canvas=256, canvases=2, styles=OWN, drawing_uses=2)
    made = source(settings)
    first, second, third = made[2], made[3], made[4]
    shared = set(first.image_ids) & set(second.image_ids)
    assert len(shared) >= 0.6 * min(len(first), len(second))
    assert not shared & set(third.image_ids)
    assert not torch.equal(first.images_BCHW, second.images_BCHW)
    # a batch is the same whatever was made before it, with real pictures too
    for home in (None, folder):
        again = source(settings, home)[3]
        whole = source(settings, home)
        assert whole[2].image_ids and torch.equal(whole[3].images_BCHW, again.images_BCHW)
        assert torch.equal(whole[3].atom_heat_BHW, again.atom_heat_BHW)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"share": 0.0}, "share"),
        ({"folds": 1}, "folds"),
        ({"agreements": ()}, "agreements"),
    ],
)
def test_settings_check_themselves(changes: dict[str, object], message: str) -> None:
    values = {"folder": "x", "share": 0.1} | changes
    with pytest.raises(ValueError, match=message):
        RealPictureSettings(**values)  # type: ignore[arg-type]

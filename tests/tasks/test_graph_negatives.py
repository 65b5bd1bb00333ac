"""Training pictures without a molecule: they fill canvases and ask for empty maps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.tasks.test_graph import settings, task

from inchify.tasks.molecule_graph.negatives import picture_without_molecule
from inchify.tasks.molecule_graph.settings import GraphDataSettings


def test_they_fit_a_canvas_and_have_ink() -> None:
    data = GraphDataSettings(canvas=192)
    intensities = [
        picture_without_molecule(data, np.random.default_rng(seed)) for seed in range(12)
    ]
    assert all(
        intensity.dtype == np.uint8 and max(intensity.shape) <= 193 for intensity in intensities
    )
    assert sum(bool((intensity > 96).any()) for intensity in intensities) >= 11


def test_none_are_mixed_in_by_default_and_as_many_as_asked_for() -> None:
    data = settings().data
    assert data.no_molecule == 0.0
    plain = next(iter(task().batches(0, start=0, rank=0, world=1)))
    assert all(plain.image_ids)
    half = task(data=replace(data, no_molecule=0.5, canvases=4))
    names = [
        name for batch in half.batches(0, start=0, rank=0, world=1) for name in batch.image_ids
    ]
    assert names.count("") > 2 and any(names)


def test_canvases_of_them_alone_ask_for_empty_maps_and_can_be_learned() -> None:
    one = task(data=replace(settings().data, no_molecule=0.999999))
    batch = next(iter(one.batches(0, start=0, rank=0, world=1)))
    assert set(batch.image_ids) == {""} and (batch.images_BCHW > 127).any()
    assert not batch.atom_heat_BHW.any() and not batch.bond_heat_BHW.any()
    assert not len(batch.atom_cells_N3) and not len(batch.bond_cells_M3)
    loss = one.loss(one.network.train(), batch)
    loss.total.backward()
    assert loss.count == 1 and loss.total.item() > 0
    gradients = [part.grad for part in one.network.parameters() if part.grad is not None]
    assert all(gradient.isfinite().all() for gradient in gradients)


def test_a_share_that_leaves_no_molecules_is_refused() -> None:
    with pytest.raises(ValueError, match="'no_molecule' is 1"):
        GraphDataSettings(no_molecule=1.0)

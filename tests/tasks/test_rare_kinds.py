"""Rare kinds of drawings in training: from a configuration's shares to pictures that name them."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rdkit")

from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.synthetic.rare_kinds import KindSettings
from inchify.synthetic.style_mix import StyleMix
from inchify.tasks.molecule_graph.data import training_picture
from inchify.tasks.molecule_graph.settings import GraphDataSettings, load_graph_settings

READER = Path(__file__).parents[2] / "configs" / "graph" / "reader.yaml"
LIBRARY = MoleculeLibrary(["CC(=O)Nc1ccc(O)cc1", "C/C=C/CC(N)C(=O)O", "CCN(CC)CCOc1ccccc1"])


def test_the_reader_is_trained_on_every_kind() -> None:
    kinds = load_graph_settings(READER).data.styles.kinds
    shares = {one.name: getattr(kinds, one.name) for one in fields(KindSettings)}
    assert 0.2 < shares.pop("print_faces") < 0.8
    assert all(0 < share <= 0.15 for share in shares.values()), shares
    changed = load_graph_settings(READER, ["data.styles.kinds.frames=0.5"]).data.styles.kinds
    assert changed.frames == 0.5


def test_a_training_picture_names_its_kinds() -> None:
    settings = GraphDataSettings(styles=StyleMix(kinds=KindSettings(frames=1.0, isotopes=1.0)))
    picture = training_picture(LIBRARY, settings, np.random.default_rng(2), style="own")
    assert picture.kinds == {"frames", "isotopes"}
    plain = training_picture(LIBRARY, GraphDataSettings(), np.random.default_rng(2), style="own")
    assert plain.kinds == frozenset()

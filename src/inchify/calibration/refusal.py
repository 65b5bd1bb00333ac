"""Fit of the refusal of pictures without a molecule.

    python -m inchify.calibration.refusal --weights FOLDER --labels FOLDER --molecules LIST
        [--real FOLDER] [--measure FOLDER...] [--measure-none FOLDER...] [--write]

Draws pictures, reads real ones and measures each by the first view of the weights (features are
kept in ``--cache``). Fits one hidden layer by maximum likelihood with weight decay, chooses the
lowest chance that is not refused by cross-validation, and reports refusals by family and the
reliability of the chances.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
import torch

from inchify.calibration.refusal_pictures import Example, drawn_examples, real_examples
from inchify.io.atomic import write_atomically
from inchify.readers.graph import GraphReader
from inchify.readers.graph_settings import GraphReaderSettings
from inchify.readers.line_recognizer import LineRecognizer
from inchify.readers.refusal.features import FEATURE_NAMES
from inchify.readers.refusal.model import MOST_DEVIATION, PARAMETERS, RefusalModel
from inchify.readers.views.scale_search import ScaleSettings

TARGET = Path(__file__).parents[1] / "readers" / "refusal" / PARAMETERS
# Families of molecules (few atoms, bare rings, cages) that are frequent in the examples because
# they are hard, and infrequent in use; of the crops nobody has checked that each shows a molecule.
UNUSUAL = ("tiny", "like_patterns", "cages", "chemdraw", "unlabelled_crops")
# The folder of real pictures without a molecule.
NO_MOLECULE = "no_molecule"
# Pixels of a pass, as the reader of loose pictures has them.
MOST_PIXELS = 2_000_000


@dataclass(frozen=True, kw_only=True)
class FitSettings:
    """``hidden`` units, ``decay`` of weights (nats for each squared weight and example),
    ``real`` how much a real picture counts against a drawn one; of unseen pictures with a
    molecule a share of ``refused`` may be refused, and none with a chance above
    ``most_chance``, where one of an ``UNUSUAL`` family counts ``unusual_weight``; ``folds``
    of the cross-validation."""

    hidden: int = 10
    decay: float = 1e-3
    real: float = 2.0
    refused: float = 0.005
    unusual_weight: float = 0.01
    most_chance: float = 0.4
    folds: int = 5
    seed: int = 0


@dataclass(frozen=True)
class Measured:
    """Features (N, F) of examples, with what is known of each."""

    features_NF: np.ndarray
    molecule_N: np.ndarray
    held_out_N: np.ndarray
    family_N: np.ndarray
    name_N: np.ndarray

    def only(self, index_N: np.ndarray) -> Measured:
        """The examples of an index or a mask.

        Args:
            index_N: Indices, or a mask over the N examples.

        Returns:
            The chosen examples.
        """
        return Measured(*(part[index_N] for part in vars(self).values()))

    @property
    def drawn_N(self) -> np.ndarray:
        return np.char.find(self.name_N, ".") < 0


def measured(examples: Iterator[Example], reader: GraphReader) -> Measured:
    """Measure the features of pictures.

    Pictures without foreground are left out. Where the reader fails, the error is printed and the
    picture left out.

    Args:
        examples: Pictures with and without a molecule.
        reader: The graph reader that the refusal is fitted for.

    Returns:
        Features and labels of the remaining pictures.
    """
    rows, about = [], []
    for example in examples:
        try:
            features = reader.refusal_features(example.gray)
        except Exception as error:
            print(f"  {example.name}: {type(error).__name__}: {error}", flush=True)
            continue
        if features is not None:
            rows.append(features.as_array())
            about.append((example.molecule, example.held_out, example.family, example.name))
            if len(rows) % 500 == 0:
                print(f"  {len(rows)} pictures measured", flush=True)
    molecule, held_out, family, name = zip(*about, strict=True)
    return Measured(
        np.array(rows), np.array(molecule), np.array(held_out), np.array(family), np.array(name)
    )


def fit(data: Measured, settings: FitSettings) -> RefusalModel:
    """Fit the network of greatest likelihood; both classes have the same total weight.

    Args:
        data: The examples to fit.
        settings: Hidden units, weight decay, weight of real pictures, seed.

    Returns:
        The model, with ``settings.most_chance`` as its threshold.
    """
    mean_F, spread_F = data.features_NF.mean(axis=0), data.features_NF.std(axis=0) + 1e-3
    standard_NF = np.clip((data.features_NF - mean_F) / spread_F, -MOST_DEVIATION, MOST_DEVIATION)
    weight_N = np.where(data.drawn_N, 1.0, settings.real)
    for kind in (False, True):
        ours = data.molecule_N == kind
        weight_N[ours] /= 2 * weight_N[ours].sum()
    inputs, truth, weights = (
        torch.from_numpy(np.asarray(part, np.float64))
        for part in (standard_NF, data.molecule_N, weight_N)
    )
    generator = torch.Generator().manual_seed(settings.seed)
    shape = (len(FEATURE_NAMES) + 1, settings.hidden)
    hidden = 0.3 * torch.randn(shape, generator=generator, dtype=torch.float64)
    output = 0.3 * torch.randn(settings.hidden + 1, generator=generator, dtype=torch.float64)
    hidden.requires_grad_(True)
    output.requires_grad_(True)
    optimizer = torch.optim.LBFGS(
        [hidden, output], max_iter=600, history_size=20, line_search_fn="strong_wolfe"
    )

    def cost() -> torch.Tensor:
        optimizer.zero_grad()
        logits = torch.tanh(inputs @ hidden[:-1] + hidden[-1]) @ output[:-1] + output[-1]
        losses = torch.nn.functional.binary_cross_entropy_with_logits(
            logits, truth, reduction="none"
        )
        total = (weights * losses).sum()
        total = total + settings.decay * ((hidden[:-1] ** 2).sum() + (output[:-1] ** 2).sum())
        total.backward()
        return total

    optimizer.step(cost)
    hidden_GH, output_H = hidden.detach().numpy(), output.detach().numpy()
    return RefusalModel(mean_F, spread_F, hidden_GH, output_H, settings.most_chance)


def least_chance(chance_N: np.ndarray, usual_N: np.ndarray, settings: FitSettings) -> float:
    """The chance below which pictures are refused: as high as ``refused`` allows.

    Args:
        chance_N: Probabilities of pictures with a molecule by models that were not fitted on them.
        usual_N: The weight of each picture.
        settings: The weighted share that may be refused (``refused``), and the highest threshold
            (``most_chance``).

    Returns:
        The threshold.
    """
    order = np.argsort(chance_N, kind="stable")
    before_N = np.cumsum(usual_N[order])
    allowed = settings.refused * before_N[-1]
    place = min(int(np.searchsorted(before_N, allowed, side="right")), len(order) - 1)
    return float(min(chance_N[order][place], settings.most_chance))


def cross_validated(data: Measured, settings: FitSettings) -> np.ndarray:
    """Predict each picture by a model that was fitted on no part of its file.

    Args:
        data: All examples; those of one name share a fold.
        settings: Settings of the fits, with the number of ``folds``.

    Returns:
        The chance of each picture that it shows a molecule, (N,).
    """
    chance_N = np.zeros(len(data.name_N))
    files = np.unique(data.name_N, return_inverse=True)[1]
    fold_N = np.random.default_rng(settings.seed).permutation(files.max() + 1)[files]
    for fold in range(settings.folds):
        out = fold_N % settings.folds == fold
        chance_N[out] = fit(data.only(~out), settings).chances(data.features_NF[out])
    return chance_N


def report(title: str, data: Measured, chance_N: np.ndarray, least: float) -> None:
    """Print the shares that are refused, by family, with standard errors.

    Args:
        title: Heading of the table.
        data: The examples.
        chance_N: The chance of each that it shows a molecule, (N,).
        least: Pictures with a lower chance are refused.
    """
    print(f"{title}: refused below {least:.3f}")
    for molecule in (True, False):
        ours = data.molecule_N == molecule
        families = [*np.unique(data.family_N[ours]).tolist(), ""] if ours.any() else []
        for family in families:
            some = ours & ((data.family_N == family) if family else True)
            refused = chance_N[some] < least
            share, count = refused.mean(), len(refused)
            error = (max(share * (1 - share), 0.5 / count / count) / count) ** 0.5
            kind = "with" if molecule else "without"
            print(
                f"  {kind:<8}{family or 'all':<20}{count:>6}  refused {100 * share:6.2f} "
                f"± {100 * error:.2f} %"
            )


def reliability(molecule_N: np.ndarray, chance_N: np.ndarray) -> None:
    """Print the frequency of molecules for each range of chances, and the area under the ROC curve.

    Args:
        molecule_N: Whether each picture shows a molecule, bool (N,).
        chance_N: The chance of each that it does, (N,).
    """
    edges = (0.0, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 1.0001)
    for low, high in pairwise(edges):
        some = (chance_N >= low) & (chance_N < high)
        if some.any():
            print(
                f"  chance {low:.2f}-{min(high, 1):.2f}: {int(some.sum()):>5} pictures, mean "
                f"{chance_N[some].mean():.3f}, with a molecule {molecule_N[some].mean():.3f}"
            )
    order = np.argsort(chance_N)
    ranks = np.empty(len(order))
    ranks[order] = np.arange(1, len(order) + 1)
    count = int(molecule_N.sum())
    others = len(order) - count
    if count and others:
        area = (ranks[molecule_N].sum() - count * (count + 1) / 2) / (count * others)
        print(f"  area under the ROC curve {area:.5f}")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--molecules", type=Path, required=True)
    parser.add_argument("--labels", type=Path, help="weights that read labels, as when reading")
    parser.add_argument(
        "--real", type=Path, help=f"folders of real pictures; {NO_MOLECULE} has none"
    )
    parser.add_argument("--drawn", type=int, default=1200, help="drawings of either kind")
    parser.add_argument("--most", type=int, default=300, help="real pictures of each folder")
    parser.add_argument("--measure", type=Path, nargs="*", default=[], help="only measured")
    parser.add_argument(
        "--measure-none", type=Path, nargs="*", default=[], help="without molecules"
    )
    parser.add_argument("--competition", action="store_true", help="in the competition's style")
    parser.add_argument("--cache", type=Path, help="a folder for measured features")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help=f"keep the fit in {PARAMETERS}")
    args = parser.parse_args()
    torch.set_num_threads(1)
    scale = ScaleSettings(most_pixels=MOST_PIXELS)
    reader = GraphReader.load(
        args.weights,
        GraphReaderSettings(scale=scale, refuse=False),
        labels=LineRecognizer.load(args.labels) if args.labels else None,
    )
    try:
        _run(args, reader)
    finally:
        reader.close()


def _run(args: argparse.Namespace, reader: GraphReader) -> None:
    settings = FitSettings(seed=args.seed)
    data = _kept(args, "fit", _examples(args), reader)
    known, held_out = data.only(~data.held_out_N), data.only(data.held_out_N)
    model = fit(known, settings)
    crossed_N = cross_validated(data, settings)
    usual_N = np.where(np.isin(data.family_N, UNUSUAL), settings.unusual_weight, 1.0)
    ours = data.molecule_N
    least = least_chance(crossed_N[ours], usual_N[ours], settings)
    model = replace(model, least_chance=least)
    report(f"{settings.folds}-fold cross-validated", data, crossed_N, least)
    reliability(data.molecule_N, crossed_N)
    chance_N = model.chances(held_out.features_NF)
    report("held out", held_out, chance_N, least)
    reliability(held_out.molecule_N, chance_N)
    for folder in (*args.measure, *args.measure_none):
        molecule = folder in args.measure
        examples = real_examples(folder, 10**6, args.seed, molecule=molecule)
        only = _kept(args, folder.name, examples, reader)
        report(f"measured {folder.name}", only, model.chances(only.features_NF), least)
    if args.write:
        (digest,) = reader.about["checkpoints"]
        fits = json.loads(TARGET.read_text(encoding="utf-8")) if TARGET.is_file() else {}
        fits[digest] = {
            "weights": args.weights.name,
            "date": datetime.now(UTC).date().isoformat(),
            "seed": args.seed,
            "data": {
                "pictures": len(known.name_N),
                "drawn": int(known.drawn_N.sum()),
                "without": int((~known.molecule_N).sum()),
                "molecules": args.molecules.name,
                "families": sorted(set(known.family_N.tolist())),
            },
            "model": model.to_dict(),
        }
        write_atomically(TARGET, (json.dumps(fits, indent=1) + "\n").encode())
        print(f"written: {TARGET.name} for {digest}")


def _examples(args: argparse.Namespace) -> Iterator[Example]:
    drawn = drawn_examples(args.molecules, args.drawn, args.seed, competition=args.competition)
    folders = sorted(args.real.iterdir()) if args.real else []
    real = (
        real_examples(
            folder,
            args.most,
            args.seed,
            molecule=folder.name != NO_MOLECULE,
            parts=folder.name == NO_MOLECULE,
        )
        for folder in folders
        if folder.is_dir() and not args.competition
    )
    return chain(drawn, *real)


def _kept(
    args: argparse.Namespace, name: str, examples: Iterator[Example], reader: GraphReader
) -> Measured:
    """Measured features, from the cache where it has them."""
    if args.cache is None:
        return measured(examples, reader)
    path = args.cache / f"{args.weights.name}-{name}.npz"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, **vars(measured(examples, reader)))
    with np.load(path) as content:
        return Measured(**{key: content[key] for key in content.files})


if __name__ == "__main__":
    main()

"""The competition's verbs: a competition folder comes in, a submission goes out."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from inchify.readers.pretrained import choose_reader, of_competition, shipped

if TYPE_CHECKING:
    from inchify.readers.sequence import SequenceReader
    from inchify.readers.verified import JudgedReader

SAMPLE_MOLECULES = Path(__file__).parents[3] / "input" / "sample" / "molecules.smi.gz"
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a setting; may be repeated."),
]
Jobs = Annotated[int, typer.Option(help="Processes; -1 for one a core.")]
Int8 = Annotated[bool, typer.Option("--int8", help="Decode with int8 weights (CPU): faster.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bars.")]


class ExportFormat(StrEnum):
    """What ``export`` can write."""

    weights = "weights"
    onnx = "onnx"
    int8 = "int8"


def synth(
    output: Annotated[Path, typer.Option("--output", help="The competition folder to write.")],
    molecules: Annotated[
        Path, typer.Option(help="SMILES or InChI in the first column of .smi, .tsv, .csv (.gz).")
    ] = SAMPLE_MOLECULES,
    train: Annotated[int, typer.Option(min=0, help="Pictures with labels.")] = 2000,
    test: Annotated[int, typer.Option(min=0, help="Pictures whose labels are withheld.")] = 200,
    seed: Annotated[int, typer.Option(help="Another seed, other molecules and noise.")] = 0,
    noise: Annotated[bool, typer.Option(help="The competition's salt and pepper.")] = True,
    turn: Annotated[
        bool, typer.Option(help="Turn half of the test pictures by 90 degrees.")
    ] = True,
    match_lengths: Annotated[
        bool, typer.Option(help="Choose by the competition's histogram of caption lengths.")
    ] = False,
    other_faces: Annotated[
        float, typer.Option(min=0, max=1, help="The share with letters of another sans face.")
    ] = 0.0,
    jobs: Jobs = -1,
    quiet: Quiet = False,
) -> None:
    """Draw a competition: pictures in its own style, labels, and the withheld test labels.

    Stopped and started again it continues; the bytes depend on seed and molecules alone.
    """
    from inchify.synthetic.competition_folder import SynthSettings, write_competition
    from inchify.synthetic.molecules.competition import (
        MoleculeSettings,
        choose_molecules,
        read_molecules,
    )

    if not molecules.is_file():
        raise ValueError(f"{molecules}: there is no such list of molecules")
    choice = MoleculeSettings(count=train + test, seed=seed, match_lengths=match_lengths)
    settings = SynthSettings(
        train=train, test=test, seed=seed, noise=noise, rotate=turn, other_faces=other_faces
    )
    chosen = choose_molecules(
        read_molecules(molecules), choice, jobs=cores(jobs), progress=not quiet
    )
    if len(chosen) < train + test:
        raise ValueError(
            f"{molecules} holds {len(chosen)} molecules of the competition's style; "
            f"--train {train} and --test {test} need {train + test}"
        )
    made = write_competition(output, chosen, settings, jobs=cores(jobs), progress=not quiet)
    typer.echo(
        f"{output}: {made['train']} train and {made['test']} test pictures, "
        f"{made['rejected']} molecules could not be drawn"
    )


def cores(jobs: int) -> int:
    """Processes meant by --jobs: -1 is one for each core that this process may use."""
    if jobs == 0 or jobs < -1:
        raise ValueError(f"--jobs is {jobs}; allowed: -1 (all cores) or a positive number")
    return len(os.sched_getaffinity(0)) if jobs == -1 else jobs


def preprocess(
    input: Annotated[Path, typer.Argument(help="Folder with train_labels.csv and train/.")],
    output: Annotated[Path, typer.Option("--output", help="The work folder to write.")],
    tokenizer: Annotated[str, typer.Option(help="inchi or smiles.")] = "inchi",
    vocabulary: Annotated[
        str, typer.Option(help="default: the competition's symbols; fitted: those of the labels.")
    ] = "default",
    folds: Annotated[int, typer.Option(min=2, help="Folds, stratified by length.")] = 5,
    seed: Annotated[int, typer.Option(help="Seed of the folds.")] = 42,
    jobs: Jobs = -1,
    cluster: Annotated[
        str,
        typer.Option(help="A Dask scheduler's address (tcp://...), or 'local' for one made here."),
    ] = "",
    quiet: Quiet = False,
) -> None:
    """Turn labels and pictures into bucket tables by caption length and one picture store.

    Rows that cannot be used are listed in rejected.csv with the reason. Stopped and started again
    it continues and ends with the same bytes.
    """
    from inchify.config import build
    from inchify.data.preprocessing.preprocess import PreprocessSettings
    from inchify.data.preprocessing.preprocess import preprocess as run

    words: dict[str, Any] = {"tokenizer": tokenizer, "vocabulary": vocabulary, "cluster": cluster}
    numbers = {"folds": folds, "seed": seed, "jobs": jobs, "progress": not quiet}
    settings = build(PreprocessSettings, words | numbers)
    counts = run(input, output, settings)["counts"]
    typer.echo(
        f"{output}: {counts['kept']} pictures kept, {counts['rejected']} rejected (rejected.csv)"
    )


def train(
    config: Annotated[Path, typer.Argument(help="A file of configs/.")],
    output: Annotated[
        Path | None, typer.Option("--output", help="Checkpoints and logs go here.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="sequence: a work folder made by preprocess (needed)."),
    ] = None,
    fold: Annotated[
        int | None,
        typer.Option(help="sequence: the fold to validate on (default 0); -1 trains on all."),
    ] = None,
    init_from: Annotated[
        Path | None, typer.Option(help="Start from the weights of this checkpoint (phase two).")
    ] = None,
    resume: Annotated[bool, typer.Option(help="Continue what --output holds.")] = True,
    stop_after: Annotated[
        float | None, typer.Option(help="Save and stop after so many seconds, to go on later.")
    ] = None,
    runs: Annotated[
        Path | None,
        typer.Option(help="Instead of --output: a folder of runs; this goes to DATA/NETWORK/TIME."),
    ] = None,
    assignments: Set = None,
    quiet: Quiet = False,
) -> None:
    """Train one configuration; stopped at any moment it resumes to the same weights.

    Only sequence readers take --data and --fold; for the others pictures are drawn as training
    goes. A run of --runs is continued with --output and its folder. For several devices start it
    with `torchrun --nproc_per_node 4 -m inchify train ...` and --output.
    """
    from inchify.cli.jobs import run_folder, train_job

    if (output is None) == (runs is None):
        raise ValueError("train needs one of --output FOLDER and --runs ROOT")
    if output is None:
        assert runs is not None
        output = run_folder(runs, config, assignments or ())
        typer.echo(f"{output}")
    train_job(
        config,
        output,
        data,
        fold,
        init_from=init_from,
        resume=resume,
        stop_after=stop_after,
        assignments=assignments or (),
        progress=not quiet,
    )


def submit(
    input: Annotated[Path, typer.Option("--input", help="Folder with sample_submission.csv.")],
    output: Annotated[Path, typer.Option("--output", help="Candidates and submission.csv.")],
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            "--checkpoint",
            help="A checkpoint folder, or several of one kind. Default: the shipped graph readers.",
        ),
    ] = None,
    shard: Annotated[str, typer.Option(metavar="I/N", help="Only part I of N (from 1).")] = "1/1",
    looks: Annotated[
        int, typer.Option(min=0, help="graph: further looks at a picture that is in doubt.")
    ] = 10,
    beams: Annotated[
        int, typer.Option(min=1, help="sequence: width of the beam; 1 is greedy.")
    ] = 4,
    n_best: Annotated[int, typer.Option(min=1, help="sequence: candidates for a picture.")] = 4,
    batch: Annotated[int, typer.Option(min=1, help="sequence: pictures decoded together.")] = 16,
    window: Annotated[
        int, typer.Option(min=1, help="Pictures sorted by size and kept at a time.")
    ] = 256,
    int8: Int8 = False,
    quiet: Quiet = False,
) -> None:
    """Answer the test pictures: candidates, then submission.csv. Resumes when stopped.

    The checkpoints decide the reader. What graph readers propose is drawn and held against the
    picture: verdicts.csv says how likely each answer is, whether its drawing explains the picture
    (verified), and why a picture could not be read (error). Sequence checkpoints decode together;
    give their candidates to `ensemble --input` to have them judged.
    """
    from inchify.competition.run import submit as run
    from inchify.competition.sample import parse_shard

    reader: JudgedReader | SequenceReader
    kind, folders = choose_reader(None, checkpoint or [])
    if kind == "graph":
        from inchify.readers.graph import GraphReaderSettings
        from inchify.readers.verified import JudgedReader, JudgedSettings

        reader = JudgedReader.load(
            folders,
            JudgedSettings(looks=looks),
            competition=of_competition(folders),
            labels=shipped("label"),
            bonds=shipped("bond_kind"),
            # every picture of a competition shows a molecule, and every row needs an answer
            reading=GraphReaderSettings(refuse=False),
        )
    else:
        from inchify.readers.sequence import SequenceReader, SequenceReaderSettings

        settings = SequenceReaderSettings(
            beams=beams, n_best=min(n_best, beams), batch=batch, window=window, int8=int8
        )
        reader = SequenceReader.load(folders, settings)
    result = run(
        reader,
        input,
        output,
        shard=parse_shard(shard),
        window=window,
        about=reader.about,
        progress=not quiet,
    )
    _tell(result)


def ensemble(
    files: Annotated[
        list[Path], typer.Argument(help="candidates.jsonl files or submissions; first is trusted")
    ],
    output: Annotated[Path, typer.Option("--output", help="The submission to write.")],
    sample: Annotated[
        Path | None,
        typer.Option("--sample", help="The sample_submission.csv. Default: that of --input."),
    ] = None,
    input: Annotated[
        Path | None,
        typer.Option("--input", help="The competition folder: the judge looks at its pictures."),
    ] = None,
    shard: Annotated[
        str, typer.Option(metavar="I/N", help="With --input: only part I of N (from 1).")
    ] = "1/1",
    weights: Annotated[
        list[float] | None,
        typer.Option("--weight", help="Without --input: one for each file; equal if left out."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Merge candidates of several readers, folds or submissions into one submission.

    Without pictures they vote. With --input the judge draws what they propose and holds it against
    the picture; it writes its candidates, verdicts.csv and manifest beside the output, which must
    be called submission.csv, and resumes when stopped.
    """
    from inchify.competition.ensemble import ensemble as run

    if input is None:
        if sample is None:
            raise ValueError("--sample is needed, or --input with its sample_submission.csv")
        run(files, output, weights=weights or None, sample=sample, progress=not quiet)
        typer.echo(str(output))
        return
    if weights:
        raise ValueError("--weight is of no use with --input: the judge weighs by the pictures")
    if output.name != "submission.csv":
        raise ValueError(f"--output is {output}; with --input it must be called submission.csv")
    from inchify.competition.judged import CandidatesReader
    from inchify.competition.run import submit as answer
    from inchify.competition.sample import parse_shard

    sample = sample or input / "sample_submission.csv"
    reader = CandidatesReader(files, sample)
    result = answer(
        reader,
        input,
        output.parent,
        shard=parse_shard(shard),
        sample_submission=sample,
        about=reader.about,
        progress=not quiet,
    )
    _tell(result)


def _tell(result: Path) -> None:
    """The file that a run has written; of a finished run also what it could not read."""
    from inchify.competition.finish import not_read

    typer.echo(str(result))
    if result.name == "submission.csv" and (told := not_read(result.parent)):
        typer.echo(told, err=True)


def board(
    folder: Annotated[Path, typer.Argument(help="The folder of submissions.")] = Path(
        "submissions"
    ),
) -> None:
    """Write the table of submissions (README.md) from their manifests and scores."""
    from inchify.competition.board import write_board

    typer.echo(str(write_board(folder)))


def export(
    checkpoint: Annotated[Path, typer.Argument(help="A run folder, its best/ or a checkpoint.")],
    output: Annotated[Path, typer.Option("--output", help="The folder to write.")],
    format: Annotated[
        ExportFormat,
        typer.Option(
            help="weights: float16; but for sequence readers and SAR: onnx (float32), int8."
        ),
    ] = ExportFormat.weights,
    pictures: Annotated[
        int, typer.Option(help="int8: drawn pictures that show the ranges; at least 100.")
    ] = 128,
    molecules: Annotated[
        Path, typer.Option(help="int8: the list that they are drawn from.")
    ] = SAMPLE_MOLECULES,
    seed: Annotated[int, typer.Option(help="int8: another seed, other pictures.")] = 0,
) -> None:
    """Write a checkpoint for reading alone, with its description: its weights or its network.

    What is written can be read with --weights in predict; onnx and int8 need onnxruntime there.
    """
    if format is ExportFormat.weights:
        from inchify.training.checkpoint import export_weights

        typer.echo(str(export_weights(checkpoint, output)))
        return
    from inchify.export.export import Calibration, export_network

    calibration = Calibration(molecules=molecules, pictures=pictures, seed=seed)
    numbers: Literal["onnx", "int8"] = "int8" if format is ExportFormat.int8 else "onnx"
    typer.echo(str(export_network(checkpoint, output, numbers, calibration)))


VERBS = (synth, preprocess, train, submit, ensemble, export, board)

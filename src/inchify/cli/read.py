"""The verb for whole pages: read. PDFs, scans and photographs come in, a folder goes out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inchify.cli.competition import cores
from inchify.readers.files.pool import LIMIT_HELP, SECONDS
from inchify.readers.pretrained import SHIPPED, choose_reader, of_competition, shipped, task_of

if TYPE_CHECKING:
    from inchify.documents.page_reader import LineFinder, PageReader, PageSettings, TextReader
    from inchify.readers.files.pool import ReadingSettings

# Weights for pages: option -> (folder of what is shipped, task they were trained for). Only the
# first are needed; labels need the others too.
PARTS = {
    "--regions": ("regions", "regions"),
    "--text-lines": ("text_lines", "text_lines"),
    "--lines": ("lines", "text"),
}


def read(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PAGE...", help="PDFs, pictures of pages, or folders of them."),
    ],
    output: Annotated[Path, typer.Option("--output", help="The folder to write.")],
    pages: Annotated[
        str, typer.Option("--pages", help="Pages such as 1-20,35,90- (default: all).")
    ] = "",
    dpi: Annotated[
        float,
        typer.Option("--dpi", help="PDFs are rendered so fine; 72 to 400 dots per inch."),
    ] = 200.0,
    turn: Annotated[
        str,
        typer.Option("--turn", help="How far pages stand turned clockwise: auto, 0, 90, 180, 270."),
    ] = "auto",
    password: Annotated[str, typer.Option("--password", help="Of encrypted PDFs.")] = "",
    regions: Annotated[
        Path | None, typer.Option("--regions", help="Weights that find molecules.")
    ] = None,
    text_lines: Annotated[
        Path | None, typer.Option("--text-lines", help="Weights that find lines of text.")
    ] = None,
    lines: Annotated[Path | None, typer.Option("--lines", help="Weights that read lines.")] = None,
    weights: Annotated[
        list[Path] | None,
        typer.Option("--weights", help="Weights of graph readers, for the molecules."),
    ] = None,
    labels: Annotated[
        Path | None, typer.Option("--labels", help="Weights that read atoms' labels.")
    ] = None,
    seconds: Annotated[float, typer.Option(help=f"For each molecule: {LIMIT_HELP}.")] = SECONDS,
    jobs: Annotated[
        int, typer.Option(help="Processes that read molecules; -1 for one a core.")
    ] = 1,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> int:
    """Read whole pages: molecules, their labels, lines of text, and which label names which.

    Writes into --output: page.json (all that was found, in pixels of the page), molecules.csv and
    molecules.sdf (a row and a record for each molecule), crops/ (each molecule alone), overlay/
    (each page with what was found, to look at). All weights default to the shipped ones; without
    those for text only molecules are found, without their labels.

    inchify read paper.pdf --output found --pages 3-8

    A page that cannot be read has its error in page.json and costs nothing else. Stopped and
    started again with the same words it goes on with the next page. The exit code is 1 where
    nothing at all could be read.
    """
    from inchify.documents.page_reader import PageSettings
    from inchify.documents.pipeline import PageRun, open_files
    from inchify.documents.sources import SourceSettings

    source = SourceSettings(dots_per_inch=dpi)
    settings = PageSettings(turn=_turn(turn))
    folders = page_weights(regions, text_lines, lines)
    reading = _reading(weights or [], labels, seconds, jobs)
    files = open_files(find_files(paths), source, pages, password)
    for file in files:
        if file.error:
            typer.echo(f"error: {file.error}", err=True)
    run = PageRun(
        output,
        page_reader(folders, settings),
        reading,
        described(source, settings, folders, reading),
    )
    summary = run.read(files, _bar(sum(len(file.numbers) for file in files), shown=not quiet))
    troubles = [f"{summary.failed} pages"] if summary.failed else []
    troubles += [f"{summary.files} files"] if summary.files else []
    could_not = f"; not read: {', '.join(troubles)} (see page.json)" if troubles else ""
    typer.echo(f"{output}: {summary.pages} pages, {summary.molecules} molecules{could_not}")
    return 0 if summary.pages else 1


def find_files(paths: list[Path]) -> list[Path]:
    """Files as they are named, folders searched through, each file once; says on stderr which files
    of folders were skipped.

    Raises ValueError for a path that does not exist or a folder without pages.
    """
    from inchify.documents.sources import ENDINGS
    from inchify.readers.files.picture_files import search, skipped_sentence

    found, skipped = search(paths, ENDINGS, "page", ENDINGS)
    if told := skipped_sentence(skipped, "pages"):
        typer.echo(told, err=True)
    return list(dict.fromkeys(found))


def page_weights(
    regions: Path | None, text_lines: Path | None, lines: Path | None
) -> dict[str, Path]:
    """Folders of weights for pages, named or shipped; says on stderr where labels are given up.

    Raises ValueError where those that find molecules are missing, or for a folder of another job.
    """
    named = {"--regions": regions, "--text-lines": text_lines, "--lines": lines}
    found: dict[str, Path] = {}
    missing = []
    for option, (name, task) in PARTS.items():
        folder = named[option] or shipped(name)
        if folder is None:
            missing.append(f"{SHIPPED / name} (or name some with {option})")
            continue
        if (own := task_of(folder)) != task:
            raise ValueError(f"{option} {folder}: task is {own!r}; needed is {task!r}")
        found[name] = folder
    told = "; ".join(missing)
    if "regions" not in found:
        raise ValueError(f"weights that pages need are not here: {told}")
    if missing:
        typer.echo(f"hint: no labels will be read, weights for text are not here: {told}", err=True)
    return found


def page_reader(folders: dict[str, Path], settings: PageSettings) -> Callable[[], PageReader]:
    """What loads the page reader when the first page needs it."""

    def load() -> PageReader:
        from inchify.documents.null_models import NoLines, NoText
        from inchify.documents.page_reader import PageReader
        from inchify.readers.region_detector import RegionFinder

        finder: LineFinder = NoLines()
        reader: TextReader = NoText()
        if "text_lines" in folders:
            from inchify.readers.line_detector import FOR_PAGES, TextLineFinder

            finder = TextLineFinder.load(folders["text_lines"], FOR_PAGES)
        if "lines" in folders:
            from inchify.readers import line_recognizer as text

            reader = text.TextReader.load(folders["lines"])
        regions = RegionFinder.load(folders["regions"])
        return PageReader(regions, finder, reader, settings=settings)

    return load


def described(
    source: Any, settings: PageSettings, folders: dict[str, Path], reading: ReadingSettings
) -> dict[str, Any]:
    """Plain data that decides what a page's record says."""
    from inchify import config

    graph = [*reading.weights, *reading.competition]
    graph += [folder for folder in (reading.labels, reading.bonds) if folder is not None]
    return {
        "source": config.to_dict(source),
        "page": config.to_dict(settings),
        "seconds": reading.seconds,
        "weights": {name: digest_of_weights(folder) for name, folder in folders.items()},
        "molecules": [digest_of_weights(folder) for folder in graph],
    }


def digest_of_weights(folder: Path) -> str:
    """SHA-256 over what a folder of weights holds, wherever it lies."""
    import hashlib

    from inchify.io.atomic import digest_of

    files = sorted(path for path in folder.rglob("*") if path.is_file())
    told = "\n".join(f"{path.relative_to(folder)} {digest_of(path)}" for path in files)
    return hashlib.sha256(told.encode()).hexdigest()


def _turn(word: str) -> Any:
    from inchify.documents.page_reader import TURNS

    if word not in map(str, TURNS):
        raise ValueError(f"--turn is {word!r}; allowed: {', '.join(map(str, TURNS))}")
    return word if word == "auto" else int(word)


def _reading(
    weights: list[Path], labels: Path | None, seconds: float, jobs: int
) -> ReadingSettings:
    from inchify.cli.predict import _label_weights
    from inchify.readers.files.pool import ReadingSettings

    _, folders = choose_reader("graph", weights)
    return ReadingSettings(
        weights=tuple(folders),
        competition=tuple(of_competition(folders)),
        labels=_label_weights(labels),
        bonds=shipped("bond_kind"),
        seconds=seconds,
        jobs=cores(jobs),
    )


def _bar(count: int, *, shown: bool) -> Callable[[int], object]:
    """Hears how many pages are done and shows it where the output is a terminal."""
    from tqdm import tqdm

    bar = tqdm(total=count, unit="page", disable=None if shown else True)

    def done(pages: int) -> None:
        bar.update(pages)
        if bar.n >= count:
            bar.close()

    return done


VERBS = (read,)

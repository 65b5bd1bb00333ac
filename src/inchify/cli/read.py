"""The verb for whole pages: PDFs, scans and photographs to a folder of results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inchify.readers.files.pool import LIMIT_HELP, SECONDS

if TYPE_CHECKING:
    from inchify.documents.page_reader import Turn


def read(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PAGE...", help="PDFs, pictures of pages, or folders of either."),
    ],
    output: Annotated[Path, typer.Option("--output", help="Folder to write.")],
    pages: Annotated[
        str, typer.Option("--pages", help="Pages to read, such as 1-20,35,90-. Default: all.")
    ] = "",
    dpi: Annotated[
        float,
        typer.Option("--dpi", help="Rendering resolution of PDFs in dots per inch, 72 to 400."),
    ] = 200.0,
    turn: Annotated[
        str,
        typer.Option(
            "--turn", help="Clockwise rotation of the pages in degrees: auto, 0, 90, 180 or 270."
        ),
    ] = "auto",
    password: Annotated[str, typer.Option("--password", help="Password for encrypted PDFs.")] = "",
    regions: Annotated[
        Path | None, typer.Option("--regions", help="Weights that find molecules.")
    ] = None,
    text_lines: Annotated[
        Path | None, typer.Option("--text-lines", help="Weights that find lines of text.")
    ] = None,
    lines: Annotated[
        Path | None, typer.Option("--lines", help="Weights that read lines of text.")
    ] = None,
    weights: Annotated[
        list[Path] | None,
        typer.Option("--weights", help="Weights of graph readers that read the molecules."),
    ] = None,
    labels: Annotated[
        Path | None, typer.Option("--labels", help="Weights that read atom labels.")
    ] = None,
    seconds: Annotated[float, typer.Option(help=f"Limit in {LIMIT_HELP}.")] = SECONDS,
    jobs: Annotated[
        int, typer.Option(help="Number of processes that read molecules; -1 for one per core.")
    ] = 1,
    quiet: Annotated[bool, typer.Option("--quiet", help="Hide the progress bar.")] = False,
) -> int:
    """Read whole pages: molecules, their compound ids, and lines of text.

    Writes into --output: page.json (everything that was found, in pixels of the page),
    molecules.csv and molecules.sdf (one row and one record per molecule), crops/ (a picture of each
    molecule) and overlay/ (each page with what was found). All weights default to the shipped ones;
    without those for text, molecules have no compound ids.

    inchify read paper.pdf --output found --pages 3-8

    A page that cannot be read has an error in page.json; the others are not affected. A run that
    was stopped continues with the next page if started again with the same arguments. The exit code
    is 1 if nothing could be read.
    """
    from inchify.documents.document_reader import DocumentReader

    reader = DocumentReader.from_pretrained(
        weights,
        regions=regions,
        text_lines=text_lines,
        lines=lines,
        labels=labels,
        dots_per_inch=dpi,
        turn=_turn(turn),
        seconds=seconds,
        jobs=jobs,
    )
    if reader.missing:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in reader.missing)
        typer.echo(f"hint: no compound ids will be read without weights for {options}", err=True)
    files = reader.open(find_files(paths), pages=pages, password=password)
    for file in files:
        if file.error:
            typer.echo(f"error: {file.error}", err=True)
    bar = _bar(sum(len(file.numbers) for file in files), shown=not quiet)
    with reader:
        summary = reader.write(files, output, bar)
    failures = [f"{summary.failed} pages"] if summary.failed else []
    failures += [f"{summary.files} files"] if summary.files else []
    could_not = f"; not read: {', '.join(failures)} (see page.json)" if failures else ""
    typer.echo(f"{output}: {summary.pages} pages, {summary.molecules} molecules{could_not}")
    return 0 if summary.pages else 1


def find_files(paths: list[Path]) -> list[Path]:
    """Files as they are named, folders searched through, each file once; says on stderr which files
    of folders were skipped.

    Raises ValueError for a path that does not exist or a folder without pages.
    """
    from inchify.documents.sources import ENDINGS
    from inchify.readers.files.picture_files import search, skipped_sentence

    files, skipped = search(paths, ENDINGS, "page", ENDINGS)
    if message := skipped_sentence(skipped, "pages"):
        typer.echo(message, err=True)
    return list(dict.fromkeys(files))


def _turn(word: str) -> Turn:
    from inchify.documents.page_reader import TURNS

    known = {str(turn): turn for turn in TURNS}
    if word not in known:
        raise ValueError(f"--turn is {word!r}; it must be one of {', '.join(known)}")
    return known[word]


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

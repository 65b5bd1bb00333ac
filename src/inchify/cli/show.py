"""The verbs that show things: a resolved configuration, a data set as pictures, the whole demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inchify.cli.jobs import settings_of


def show(
    what: Annotated[Path, typer.Argument(help="A file of configs/, or a work folder.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help="The sheet (.png) of a work folder or graph configuration; text: a page (.html).",
        ),
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=200, help="Pictures on the sheet.")] = 24,
    config: Annotated[
        Path | None,
        typer.Option(help="Show the pictures as this configuration's network gets them."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed, other pictures.")] = 0,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a setting.")
    ] = None,
) -> None:
    """Print a configuration with everything resolved, or draw a work folder as a sheet.

    A graph configuration with --output is drawn too: training pictures with their true graphs. Of a
    text configuration it tells what its lines are like, drawn and real (data.real).
    """
    if what.is_dir():
        from inchify.reports.sheet import draw_sheet

        pictures = None
        if config is not None:
            from inchify.tasks.sequence.settings import load_settings

            pictures = load_settings(config, assignments or ()).data.pictures
        target = output or what / "sheet.png"
        shown = draw_sheet(what, target, count=count, seed=seed, pictures=pictures)
        typer.echo(f"{target}: {shown} pictures")
        return
    settings = settings_of(what, assignments or ())
    if output is None:
        import yaml

        from inchify.config import digest, to_dict

        typer.echo(f"# {what}, digest {digest(settings)}")
        typer.echo(yaml.safe_dump(to_dict(settings), sort_keys=False), nl=False)
        return
    if settings.task == "text":
        from inchify.reports.text_report import write_text_report

        typer.echo(write_text_report(settings, output, count=count, seed=seed))
        return
    if settings.task != "graph":
        raise ValueError(f"{what}: --output is for work folders, graph and text configurations")
    from inchify.reports.sheet import draw_training_sheet

    draw_training_sheet(settings, output, count=count, seed=seed)
    typer.echo(f"{output}: {count} pictures")


VERBS = (show,)

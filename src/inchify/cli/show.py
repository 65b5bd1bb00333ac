"""The verbs that show things: a resolved configuration, a data set as pictures, the whole demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inchify.cli.jobs import settings_of


def show(
    what: Annotated[Path, typer.Argument(help="Configuration file, or work folder.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help="Sheet to write: a .png, or an .html for a text configuration.",
        ),
    ] = None,
    count: Annotated[
        int, typer.Option(min=1, max=200, help="Number of pictures on the sheet.")
    ] = 24,
    config: Annotated[
        Path | None,
        typer.Option(help="Show the pictures as the network of this configuration receives them."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the choice of pictures.")] = 0,
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change one setting. May be repeated."),
    ] = None,
) -> None:
    """Print a resolved configuration, or draw pictures of a work folder as a sheet.

    With --output a graph configuration is shown as training pictures with their true graphs, a text
    configuration as a report on its drawn and real lines (data.real).
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
        raise ValueError(
            f"{what}: --output works only for work folders and for graph and text configurations"
        )
    from inchify.reports.sheet import draw_training_sheet

    draw_training_sheet(settings, output, count=count, seed=seed)
    typer.echo(f"{output}: {count} pictures")


VERBS = (show,)

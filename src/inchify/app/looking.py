"""The verbs that show things: a resolved configuration, a data set as pictures, the whole demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def show(
    what: Annotated[Path, typer.Argument(help="A file of configs/, or a work folder.")],
    output: Annotated[
        Path | None, typer.Option("--output", help="The contact sheet of a work folder (.png).")
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
    """Print a configuration with everything resolved, or draw a work folder as a sheet."""
    if what.is_dir():
        from inchify.app.sheet import draw_sheet

        pictures = None
        if config is not None:
            from inchify.tasks import load_settings

            pictures = load_settings(config, assignments or ()).data.pictures
        target = output or what / "sheet.png"
        shown = draw_sheet(what, target, count=count, seed=seed, pictures=pictures)
        typer.echo(f"{target}: {shown} pictures")
        return
    import yaml

    from inchify import config as settings
    from inchify.tasks import load_settings

    resolved = load_settings(what, assignments or ())
    typer.echo(f"# {what}, digest {settings.digest(resolved)}")
    typer.echo(yaml.safe_dump(settings.to_dict(resolved), sort_keys=False), nl=False)


def demo(
    folder: Annotated[Path, typer.Option(help="Where the demo's files go.")] = Path("work/demo"),
    submission: Annotated[Path, typer.Option(help="Where its submission goes.")] = Path(
        "submissions/demo"
    ),
    train: Annotated[int, typer.Option(min=100, help="Pictures to learn from.")] = 3000,
    test: Annotated[int, typer.Option(min=10, help="Pictures to answer.")] = 100,
    seconds: Annotated[float, typer.Option(min=1, help="Seconds of training.")] = 100,
) -> None:
    """Run the whole main job in small: draw a competition, preprocess, train, submit, score."""
    from inchify.app.demo import run

    run(folder, submission, train=train, test=test, seconds=seconds)


VERBS = (show, demo)

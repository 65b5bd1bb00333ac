"""``bench NAME``: figures measured here and now, side by side, without pass or fail."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated

import typer

BENCHES = ("render", "preprocess", "store", "decode")


def bench(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(BENCHES)}.")],
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="An argument of that bench; repeatable."),
    ] = None,
) -> None:
    """Measure a part on this machine and print a table; ratios of one run are what to trust."""
    import inspect

    import yaml

    if name not in BENCHES:
        raise ValueError(f"bench is {name!r}; it must be one of {', '.join(BENCHES)}")
    run = import_module(f"inchify.benchmarks.speed.{name}").run
    allowed = inspect.signature(run).parameters
    arguments = {}
    for assignment in assignments or ():
        key, equals, value = assignment.partition("=")
        if not equals or key not in allowed:
            raise ValueError(f"--set {assignment}: '{name}' takes {', '.join(allowed) or 'none'}")
        arguments[key] = yaml.safe_load(value)
    run(**arguments)

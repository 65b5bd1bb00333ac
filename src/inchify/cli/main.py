"""The command line. Exit codes: 0 done, 1 failed, 2 wrong arguments or input."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer

from inchify import __version__
from inchify.benchmarks.speed import bench
from inchify.cli import (
    annotate,
    board,
    demo,
    ensemble,
    evaluate,
    export,
    predict,
    preprocess,
    read,
    show,
    submit,
    synth,
    train,
    verify,
)
from inchify.isolation.threads import one_thread

HELP = """Read drawn molecules from pictures and pages.

Pictures of single molecules: **predict**. PDFs and scanned pages: **read**. Check a known
molecule against its picture: **verify**. The competition: **preprocess**, **train**,
**submit**, **ensemble**; without its data **synth** draws a similar one, and
**demo** runs everything on a small scale. 
"""

# What each extra of the package brings, by the name that is imported.
EXTRAS = {
    "train": (
        *("torch", "torchvision", "timm", "transformers", "accelerate", "safetensors"),
        *("albumentations", "pandas", "sklearn", "joblib", "Levenshtein", "tensorboard"),
        *("onnx", "onnxscript"),
    ),
    "cluster": ("dask", "distributed"),
}
# Verbs that train or measure: their own settings say how many threads they use.
WITH_THREADS = ("train", "demo", "bench")

app = typer.Typer(
    name="inchify",
    help=HELP,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (
    *(predict, read, verify, evaluate),
    *(synth, preprocess, train, submit, ensemble, board),
    *(annotate, show, export, demo),
):
    for verb in module.VERBS:
        app.command()(verb)
app.command()(bench)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"inchify {__version__}")
        raise typer.Exit()


@app.callback()
def _root(
    context: typer.Context,
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and exit."
    ),
) -> None:
    if context.invoked_subcommand not in WITH_THREADS:
        os.environ.update(one_thread(os.environ))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one verb and leave with its exit code; a user's error is a sentence, not a traceback."""
    # Threads that spin while they wait make small operations 30 times slower beside other work
    # (submissions/LOG.md 2); torch reads this when it is first imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        code = app(args=list(arguments) if arguments is not None else None, standalone_mode=False)
    except (typer.Exit, typer.Abort) as stop:
        sys.exit(getattr(stop, "exit_code", 1))
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # somebody closed the pipe (head); Python would complain once more while it shuts down
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except (ValueError, OSError) as error:
        _fail(error, 2)
    except RuntimeError as error:
        _fail(error, 1)
    except ModuleNotFoundError as error:
        _fail(ValueError(missing_package(error)), 2)
    except Exception as error:
        # typer carries its own usage errors; they know how to show themselves
        if not hasattr(error, "show"):
            raise
        error.show()
        sys.exit(2)
    sys.exit(code if isinstance(code, int) else 0)


def missing_package(error: ModuleNotFoundError) -> str:
    """What to install for a package that an extra brings. Raises the error where none does."""
    package = (error.name or "").split(".")[0]
    for extra, packages in EXTRAS.items():
        if package in packages:
            return (
                f"this needs the package {package}, which is not installed here "
                f"(pip install 'inchify[{extra}]')"
            )
    raise error


def _fail(error: Exception, code: int) -> None:
    if os.environ.get("INCHIFY_TRACEBACK"):
        raise error
    print(f"error: {error}", file=sys.stderr)
    if isinstance(error, RuntimeError):
        print("(set INCHIFY_TRACEBACK=1 to see where)", file=sys.stderr)
    sys.exit(code)

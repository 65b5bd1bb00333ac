"""The verb that writes networks for reading alone."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from inchify.cli.common import SAMPLE_MOLECULES


class ExportFormat(StrEnum):
    """What ``export`` can write."""

    weights = "weights"
    onnx = "onnx"
    int8 = "int8"
    release = "release"


def export(
    checkpoint: Annotated[Path, typer.Argument(help="Run folder, its best/, or a checkpoint.")],
    output: Annotated[Path, typer.Option("--output", help="Folder to write.")],
    format: Annotated[
        ExportFormat,
        typer.Option(
            help="weights (float16); onnx (float32) or int8 (not for sequence readers and SAR); "
            "release: weights to train on and onnx to read with, as shipped."
        ),
    ] = ExportFormat.weights,
    pictures: Annotated[
        int,
        typer.Option(
            help="int8: number of drawn pictures used to calibrate the value ranges; at least 100."
        ),
    ] = 128,
    molecules: Annotated[
        Path, typer.Option(help="int8: list of molecules to draw.")
    ] = SAMPLE_MOLECULES,
    seed: Annotated[int, typer.Option(help="int8: seed of the drawings.")] = 0,
) -> None:
    """Export a checkpoint for inference, as weights or as an ONNX network.

    Use the folder with --weights of `predict` or `read`.
    """
    if format is ExportFormat.weights:
        from inchify.training.checkpoint import export_weights

        typer.echo(str(export_weights(checkpoint, output)))
        return
    from inchify.export.export import Calibration, export_network

    calibration = Calibration(molecules=molecules, pictures=pictures, seed=seed)
    numbers: dict[ExportFormat, Literal["onnx", "int8", "release"]] = {
        ExportFormat.onnx: "onnx",
        ExportFormat.int8: "int8",
        ExportFormat.release: "release",
    }
    typer.echo(str(export_network(checkpoint, output, numbers[format], calibration)))


VERBS = (export,)

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


VERBS = (export,)

"""Tables and SDF files of predictions."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

from inchify.formats.records import COLUMNS, sdf_record, table_row
from inchify.io.text_files import atomic_text
from inchify.types import Prediction


def write_predictions(
    rows: Iterable[Prediction],
    files: Sequence[Path],
    output: Path | None = None,
    sdf: Path | None = None,
) -> None:
    """Write predictions as they come; files appear whole or not at all.

    Args:
        rows: The predictions.
        files: The picture of each, as a user named it.
        output: A .csv; None prints the table.
        sdf: An .sdf of the molecules, where they are wanted.
    """
    with ExitStack() as stack:
        records = None if sdf is None else stack.enter_context(atomic_text(sdf))
        stream = sys.stdout if output is None else stack.enter_context(atomic_text(output))
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(COLUMNS)
        for row, file in zip(rows, files, strict=True):
            table.writerow(table_row(row, str(file)))
            if records is not None:
                records.write(sdf_record(row, str(file)))

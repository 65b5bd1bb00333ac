"""The networks that read pages: which folders hold their weights, and how they are loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inchify import config
from inchify.readers.pretrained import SHIPPED, shipped, task_of

if TYPE_CHECKING:
    from inchify.documents.page_reader import LineDetector, LineRecognizer, PageReader, PageSettings
    from inchify.documents.sources import SourceSettings
    from inchify.readers.files.pool import ReadingSettings

# What networks find and read on pages -> the task they were trained for. Only the first is needed.
TASKS = {"regions": "regions", "text_lines": "text_lines", "lines": "text"}


@dataclass(frozen=True)
class PageWeights:
    """Folders of weights by what they do: find molecules (``regions``), find lines of text
    (``text_lines``), read them (``lines``); ``missing``: those that neither were named nor come
    with this copy."""

    folders: Mapping[str, Path]
    missing: tuple[str, ...] = ()

    @classmethod
    def chosen(cls, named: Mapping[str, Path | None]) -> PageWeights:
        """The named folders, for the rest the shipped ones.

        Raises:
            ValueError: Where those that find molecules are missing, or for a folder of another job.
        """
        folders: dict[str, Path] = {}
        for name, task in TASKS.items():
            folder = named.get(name) or shipped(name)
            if folder is None:
                continue
            if (actual_task := task_of(folder)) != task:
                raise ValueError(
                    f"{name!r} is {folder}, weights for {actual_task!r}; it must be {task!r}"
                )
            folders[name] = folder
        if "regions" not in folders:
            raise ValueError(f"{SHIPPED / 'regions'}: the weights that find molecules are missing")
        return cls(folders, tuple(name for name in TASKS if name not in folders))

    def load(self, settings: PageSettings) -> PageReader:
        """The page reader. Without weights for text it finds molecules only."""
        from inchify.documents.null_models import NoLines, NoText
        from inchify.documents.page_reader import PageReader
        from inchify.readers.molecule_detector import MoleculeDetector

        detector: LineDetector = NoLines()
        reader: LineRecognizer = NoText()
        if "text_lines" in self.folders:
            from inchify.readers.line_detector import FOR_PAGES, LineDetector

            detector = LineDetector.load(self.folders["text_lines"], FOR_PAGES)
        if "lines" in self.folders:
            from inchify.readers import line_recognizer as text

            reader = text.LineRecognizer.load(self.folders["lines"])
        regions = MoleculeDetector.load(self.folders["regions"])
        return PageReader(regions, detector, reader, settings=settings)


def described(
    source: SourceSettings, settings: PageSettings, weights: PageWeights, reading: ReadingSettings
) -> dict[str, Any]:
    """Plain data on which a page's record depends."""
    graph = [*reading.weights, *reading.competition]
    graph += [folder for folder in (reading.labels, reading.bonds) if folder is not None]
    return {
        "source": config.to_dict(source),
        "page": config.to_dict(settings),
        "seconds": reading.seconds,
        "weights": {name: digest_of_weights(path) for name, path in weights.folders.items()},
        "molecules": [digest_of_weights(folder) for folder in graph],
    }


def digest_of_weights(folder: Path) -> str:
    """SHA-256 over what a folder of weights holds, wherever it lies."""
    from inchify.io.atomic import digest_of

    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = "\n".join(f"{path.relative_to(folder)} {digest_of(path)}" for path in files)
    return hashlib.sha256(lines.encode()).hexdigest()

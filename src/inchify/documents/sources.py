"""Pages of PDFs, multi-frame TIFFs and pictures, in gray, one at a time.

Shape letters: H and W pixels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np

from inchify.data.pictures.image_io import ENDINGS as PICTURE_ENDINGS
from inchify.documents.pdf_rendering import (
    PageQuestion,
    PageSourceError,
    Rendered,
    answer,
    warm_up,
)
from inchify.isolation.pool import PoolSettings, WorkerPool

ENDINGS = (".pdf", *PICTURE_ENDINGS)
MAX_PAGES = 100_000


@dataclass(frozen=True, kw_only=True)
class SourceSettings:
    """``dots_per_inch`` at which a PDF is rendered and that a picture has whose file says nothing;
    a page with more than ``most_pixels`` is made smaller; ``seconds`` of processor
    time for one page, which only end what has run away."""

    dots_per_inch: float = 200.0
    most_pixels: int = 25_000_000
    seconds: float = 30.0

    def __post_init__(self) -> None:
        if not 72 <= self.dots_per_inch <= 400:
            raise ValueError(
                f"'dots_per_inch' is {self.dots_per_inch:g}; it must be between 72 and 400"
            )
        if not 10_000 <= self.most_pixels <= 100_000_000:
            raise ValueError(
                f"'most_pixels' is {self.most_pixels}; it must be between 10,000 and 100,000,000"
            )
        if not self.seconds > 0:
            raise ValueError(f"'seconds' is {self.seconds:g}; it must be more than 0")


class PagePicture(NamedTuple):
    """Page ``number`` (from 1) as ``gray`` uint8 (H, W), 255 paper, at ``dots_per_inch``. A page
    that cannot be read has no pixels (0, 0) and an ``error``."""

    number: int
    gray: np.ndarray
    dots_per_inch: float
    error: str = ""


class PageSource:
    """A file's pages. Raises PageSourceError (a ValueError) where none can be read: no such file,
    damaged, encrypted, of no known kind."""

    def __init__(
        self, path: Path, settings: SourceSettings | None = None, *, password: str = ""
    ) -> None:
        self.path, self.settings, self.password = Path(path), settings or SourceSettings(), password
        if self.path.is_dir():
            raise PageSourceError(f"{path}: this is a folder; a file is needed")
        if not self.path.exists():
            raise PageSourceError(f"{path}: there is no such file")
        limit = PoolSettings(deadline=self.settings.seconds, chunk=1)
        self._pool = WorkerPool(answer, limit, warm_up)
        try:
            self.count = self._count()
        except BaseException:
            self.close()
            raise

    def _ask(self, number: int) -> int | Rendered | str:
        question = PageQuestion(
            str(self.path.resolve()),
            number,
            self.settings.dots_per_inch,
            self.settings.most_pixels,
            self.password,
        )
        outcome = self._pool.run([question])[0]
        if outcome.error:
            return f"reading it {outcome.error}" if " " in outcome.error else outcome.error
        value: int | Rendered | str = outcome.value
        return value

    def _count(self) -> int:
        count = self._ask(0)
        if not isinstance(count, int):
            raise PageSourceError(f"{self.path}: {count}")
        if count > MAX_PAGES:
            raise PageSourceError(f"{self.path}: {count} pages; at most {MAX_PAGES} are allowed")
        return count

    def page(self, number: int) -> PagePicture:
        """Render one page.

        Args:
            number: The page's number, from 1.

        Returns:
            The page in gray. One that is damaged or takes too long has an ``error``.

        Raises:
            ValueError: If the file has no such page.
        """
        if not 1 <= number <= self.count:
            raise ValueError(f"{self.path}: there is no page {number}; it has {self.count} pages")
        rendered = self._ask(number)
        if isinstance(rendered, Rendered):
            return PagePicture(number, rendered.gray, rendered.dots_per_inch)
        message = f"{self.path.name}, page {number}: {rendered}"
        return PagePicture(number, np.zeros((0, 0), np.uint8), self.settings.dots_per_inch, message)

    def pages(self, numbers: Sequence[int] | None = None) -> Iterator[PagePicture]:
        """Render pages one at a time.

        Args:
            numbers: The pages' numbers, from 1; all by default.

        Yields:
            The pages in that order.

        Raises:
            ValueError: If the file has no such page.
        """
        for number in range(1, self.count + 1) if numbers is None else numbers:
            yield self.page(number)

    def close(self) -> None:
        """Ends the process."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: object, trace: TracebackType | None
    ) -> None:
        self.close()


def chosen_pages(words: str, count: int, name: str = "the file") -> list[int]:
    """Numbers of pages that words such as "1-20,35,90-" mean, in order and each once; all for "".

    Raises ValueError for other words and for pages that a file of ``count`` pages has not.
    """
    if not words.strip():
        return list(range(1, count + 1))
    chosen: set[int] = set()
    for word in words.split(","):
        match = re.fullmatch(r"\s*(\d+)\s*(-\s*(\d*)\s*)?", word)
        if match is None:
            raise ValueError(f"'pages' is {words!r}; it must look like 1-20,35,90-")
        first = int(match[1])
        last = first if match[2] is None else int(match[3] or count)
        if first < 1 or last < first:
            raise ValueError(
                f"'pages' contains {word.strip()!r}; numbers start at 1 and ranges must rise"
            )
        if last > count:
            raise ValueError(f"'pages' asks for page {last}; {name} has {count}")
        chosen.update(range(first, last + 1))
    return sorted(chosen)

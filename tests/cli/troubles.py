"""Jobs that go wrong, for processes that must be able to import them quickly."""

from __future__ import annotations

import os
import time
from typing import Any

from inchify.isolation.worker import report
from inchify.readers.files.pool import Question, ReadingSettings
from inchify.types import Prediction


def hang(item: Any) -> None:
    """For ever, and as RDKit's C++ does it: no signal handler of Python's would ever run."""
    sum(iter(int, 1))


def crash(item: Any) -> None:
    """As RDKit's C++ does it."""
    os.abort()


def answer(question: Question, settings: ReadingSettings) -> Prediction:
    """What a picture's name asks for: an answer, late or not, or a trouble."""
    if question.image_id.startswith("early"):
        first = Prediction(question.image_id, "InChI of a first view", confidence=0.5, error="odd")
        report(first)
        hang(question)
    if question.image_id.startswith("crash"):
        crash(question)
    if question.image_id.startswith("hang"):
        hang(question)
    if question.image_id.startswith("error"):
        raise ValueError("a trouble that Python can catch")
    time.sleep(0.05 if question.image_id.endswith("0") else 0.0)
    return Prediction(question.image_id, f"InChI of {question.path}")

"""A judge's job in which one InChI ends the process."""

from __future__ import annotations

import os
from typing import Any

from inchify.verification import evidence

DEADLY = "InChI=1S/Kr"


def answer(question: Any) -> Any:
    if question.inchi == DEADLY:
        os.abort()
    return evidence.answer(question)

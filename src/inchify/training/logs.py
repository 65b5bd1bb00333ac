"""Training logs: JSON lines, TensorBoard curves and a progress line."""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

LOG_FILE = "log.jsonl"


class RunLog:
    """Writes ``log.jsonl`` and ``tensorboard/`` in a run folder; later lines are dropped.

    So the log of a training that was killed and resumed is the log of one that was not: what came
    after ``step``, or is a validation after ``validated_step``, will be written again. TensorBoard
    is left out, with one warning, where it is not installed.
    """

    def __init__(self, folder: Path, step: int, validated_step: int) -> None:
        path = folder / LOG_FILE
        _cut(path, step, validated_step)
        self._file: TextIO = path.open("a", encoding="utf-8", buffering=1)
        self._board: Any = None
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            warnings.warn(f"no TensorBoard curves: {error}", stacklevel=2)
        else:
            self._board = SummaryWriter(str(folder / "tensorboard"), purge_step=step + 1)

    def write(self, event: str, step: int, values: Mapping[str, Any]) -> None:
        """One JSON line; its numbers also go to TensorBoard as ``event/name``."""
        self._file.write(json.dumps({"event": event, "step": step, **values}) + "\n")
        if self._board is not None:
            for name, value in values.items():
                if isinstance(value, (int, float)) and not isinstance(value, bool):
                    self._board.add_scalar(f"{event}/{name}", value, step)

    def close(self) -> None:
        """Flushes and closes both."""
        self._file.close()
        if self._board is not None:
            self._board.close()


def _cut(path: Path, step: int, validated_step: int) -> None:
    """Drops lines of later steps, and a line that a kill left torn."""
    if not path.exists():
        return
    kept = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            event = json.loads(line)
            if event["step"] <= (validated_step if event["event"] == "validation" else step):
                kept.append(line + "\n")
        except (ValueError, KeyError, TypeError):
            continue
    other = path.with_suffix(".tmp")
    other.write_text("".join(kept), encoding="utf-8")
    os.replace(other, path)


class ProgressLine:
    """Progress line on standard error: rewritten in place in a terminal, one every half minute
    elsewhere.

    The time left is estimated from the speed of this run, validations and checkpoints included, and
    is at most ``seconds``, the time budget of the run.
    """

    def __init__(
        self,
        steps: int,
        start: int,
        *,
        seconds: float | None = None,
        stream: TextIO | None = None,
    ) -> None:
        self._stream = stream or sys.stderr
        self._steps, self._start, self._seconds = steps, start, seconds
        self._terminal = self._stream.isatty()
        self._began = self._shown = time.monotonic()
        self._last = (self._began, 0, 0)

    def show(self, step: int, means: Mapping[str, float], *, tokens: int, pictures: int) -> None:
        """``step`` steps are done; ``tokens`` and ``pictures`` count from the start of this run."""
        now = time.monotonic()
        if now - self._shown < (0.5 if self._terminal else 30.0) and step < self._steps:
            return
        then, old_tokens, old_pictures = self._last
        seconds = max(now - then, 1e-9)
        left = (now - self._began) / max(1, step - self._start) * (self._steps - step)
        if self._seconds is not None:
            left = min(left, max(0.0, self._began + self._seconds - now))
        text = (
            f"step {step}/{self._steps}  loss {means['loss']:.4f}  lr {means['lr']:.2e}  "
            f"norm {means['norm']:.2f}  {(tokens - old_tokens) / seconds:.0f} tokens/s  "
            f"{(pictures - old_pictures) / seconds:.1f} pictures/s  {clock(left)} left"
        )
        self._shown = now
        self._last = (now, tokens, pictures)
        self._print(text)

    def note(self, text: str) -> None:
        """A line that stays."""
        self._print(text, stays=True)

    def close(self) -> None:
        """Ends the line."""
        if self._terminal:
            self._stream.write("\n")

    def _print(self, text: str, stays: bool = False) -> None:
        if self._terminal:
            self._stream.write(f"\r{text}\x1b[K" + ("\n" if stays else ""))
        else:
            self._stream.write(text + "\n")
        self._stream.flush()


def clock(seconds: float) -> str:
    """Hours, minutes and seconds, as in 1:02:03."""
    total = round(seconds)
    return f"{total // 3600}:{total // 60 % 60:02d}:{total % 60:02d}"

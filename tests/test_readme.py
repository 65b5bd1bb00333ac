"""The README: its commands run as they stand, and the files that it names exist."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FILES = re.findall(r"`((?:src|kernels|configs|submissions|input|tests)/[\w./-]+)`", README)


@pytest.mark.parametrize("name", sorted({name for name in FILES if "<" not in name}))
def test_named_files_exist(name: str) -> None:
    assert (ROOT / name).exists()


def test_journey_is_in_order_and_complete() -> None:
    part = README.split("## The journey of one picture")[1].split("##")[0]
    steps = re.findall(r"^(\d+)\. `(\S+\.py)`", part, re.MULTILINE)
    assert [int(number) for number, _ in steps] == list(range(1, len(steps) + 1))
    assert len(steps) == 10


def test_every_verb_is_told() -> None:
    from inchify.cli.main import app

    table = set(re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE))
    names = {command.name or command.callback.__name__ for command in app.registered_commands}
    assert table == names


@pytest.mark.journey
def test_commands_run(tmp_path: Path) -> None:
    block = README.split("<!-- readme-test: begin -->")[1].split("<!-- readme-test: end -->")[0]
    commands = [line.strip() for line in block.splitlines() if line.strip()]
    assert len(commands) >= 8
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    path = os.environ.get("PYTHONPATH")
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{path or ''}"}
    for command in commands:
        words = command.split()
        assert words[0] == "inchify"
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=1800,  # ends a hang; a busy machine may take long
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    assert (tmp_path / "work" / "worst.html").stat().st_size > 1000
    assert (tmp_path / "work" / "sheet.png").read_bytes().startswith(b"\x89PNG")

"""The README and docs/: commands and examples run as they stand, and named files exist."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NAMED = r"`((?:src|kernels|configs|submissions|input|tests|docs)/[\w./-]+)`"
# What users put there, and what commands write.
THEIRS = ("input/bms-molecular-translation", "submissions/first", "submissions/graph")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_named_files_exist(page: Path) -> None:
    names = set(re.findall(NAMED, page.read_text(encoding="utf-8")))
    assert [name for name in sorted(names) if not (ROOT / name).exists()] == [
        name for name in sorted(names) if name.startswith(THEIRS)
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text(encoding="utf-8")):
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {heading.lower().replace(" ", "-") for heading in headings}, link


def test_examples_in_python_print_what_they_say(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"```python\n((?:(?!```).)+)```\n\n((?:    [^\n]+\n)+)", README, re.DOTALL)
    assert len(blocks) == 2
    for code, said in blocks:
        exec(compile(code, "README.md", "exec"), {})  # ours: a few lines that call the API
        shown = re.escape(textwrap.dedent(said).strip()).replace(r"\.\.\.", r"\S*")
        assert re.fullmatch(shown, capsys.readouterr().out.strip())


def test_journey_is_in_order_and_complete() -> None:
    text = (ROOT / "docs" / "how_it_works.md").read_text(encoding="utf-8")
    part = text.split("## The journey of one picture")[1].split("##")[0]
    steps = re.findall(r"^(\d+)\. `(\S+\.py)`", part, re.MULTILINE)
    assert [int(number) for number, _ in steps] == list(range(1, len(steps) + 1))
    assert len(steps) == 10


def test_every_verb_is_told() -> None:
    from inchify.cli.main import app

    table = set(re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE))
    names = {command.name or command.callback.__name__ for command in app.registered_commands}
    assert table == names


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_have_the_options_that_are_named(page: Path) -> None:
    from typer.main import get_command

    from inchify.cli.main import app

    verbs = get_command(app).commands
    lines = re.findall(r"^ {4}inchify (\S+) (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    for verb, rest in lines:
        known = {option for parameter in verbs[verb].params for option in parameter.opts}
        assert set(re.findall(r"(?<!\S)--[\w-]+", rest)) <= known, f"inchify {verb} {rest}"


@pytest.mark.parametrize("name", ["reading", "documents", "training", "competition"])
def test_options_in_the_text_belong_to_a_command(name: str) -> None:
    from typer.main import get_command

    from inchify.cli.main import app

    commands = get_command(app).commands.values()
    parameters = [parameter for command in commands for parameter in command.params]
    known = {
        option
        for parameter in parameters
        for option in (*parameter.opts, *parameter.secondary_opts)
    } | {"--help", "--nproc_per_node"}
    text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    assert set(re.findall(r"--[a-z][\w-]+", text)) <= known


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

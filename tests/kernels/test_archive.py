"""The archive of the winner documentation."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path

import archive
import pytest


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit of all that Kaggle asks for."""
    root = tmp_path / "repository"
    for name in (*archive.NEEDED, "src/inchify/config.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    for words in (
        ["init", "--quiet"],
        ["add", "--all"],
        ["-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "-qm", "all"],
    ):
        subprocess.run(["git", *words], cwd=root, check=True)
    monkeypatch.setattr(archive, "tracked", lambda commit, made=archive.tracked: made(commit, root))
    return root


def test_archive_holds_the_commit_and_the_checkpoints(repository: Path, tmp_path: Path) -> None:
    (repository / "not_committed.txt").touch()
    best = tmp_path / "runs" / "fold0" / "best"
    best.mkdir(parents=True)
    (best / "weights.safetensors").write_bytes(b"weights")
    output = tmp_path / "dist" / "inchify.tar.gz"
    names = archive.archive(output, [best])
    assert {f"inchify/{name}" for name in archive.NEEDED} <= set(names)
    assert "inchify/not_committed.txt" not in names
    with tarfile.open(output) as packed:
        assert packed.getnames() == names
        added = packed.extractfile("inchify/models/fold0/best/weights.safetensors")
        assert added is not None and added.read() == b"weights"
        kept = packed.extractfile("inchify/src/inchify/config.py")
        assert kept is not None and kept.read() == b"src/inchify/config.py"


def test_what_is_missing_is_named(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no such folder"):
        archive.archive(tmp_path / "a.tar.gz", [tmp_path / "nothing"])
    subprocess.run(["git", "rm", "-q", "SETTINGS.json"], cwd=repository, check=True)
    words = ["-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "-qm", "less"]
    subprocess.run(["git", *words], cwd=repository, check=True)
    with pytest.raises(ValueError, match=r"HEAD lacks SETTINGS\.json"):
        archive.archive(tmp_path / "a.tar.gz")
    assert not list(tmp_path.glob("a.tar.gz*"))

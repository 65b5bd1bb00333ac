"""The command line: quick to answer, clear about wrong words, safe against hostile pictures."""

from __future__ import annotations

import resource
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from inchify.cli import main as cli
from inchify.readers.files.picture_files import find_pictures

VERBS = sorted(item.name or item.callback.__name__ for item in cli.app.registered_commands)


def run(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "inchify", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=600)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb: str) -> None:
    done = run(verb, "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout and verb in done.stdout


# libraries that start threads or take long: how many threads is set before they are imported
HEAVY = {"torch", "numpy", "cv2", "scipy", "rdkit"}


def test_help_needs_no_heavy_library() -> None:
    words = "import sys; from inchify.cli.main import main\n"
    words += f"try: main(['--help'])\nfinally: sys.stderr.write(str({HEAVY} & {{*sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True)
    assert done.stderr.endswith("set()")


@pytest.mark.parametrize("words", [["nonsense"], ["train"], ["synth", "--train", "many"]])
def test_wrong_words_exit_with_2(words: list[str]) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr and done.stderr.strip()


def test_a_bench_that_is_not_there() -> None:
    done = run("bench", "nothing")
    assert done.returncode == 2 and "render" in done.stderr
    done = run("bench", "render", "--set", "nothing=1")
    assert done.returncode == 2 and "count" in done.stderr


def test_pictures_are_found_in_order(tmp_path: Path) -> None:
    for name in ("b/two.PNG", "b/one.jpg", "b/note.txt", "a.tif"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = find_pictures([tmp_path / "b", tmp_path / "a.tif"])
    assert [picture.image_id for picture in found.pictures] == ["one", "two", "a"]
    assert (
        found.message()
        == "1 file was skipped because of its ending (pictures are wanted): note.txt"
    )
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="there is no picture"):
        find_pictures([tmp_path / "empty"])


def bomb(path: Path, side: int) -> Path:
    """A small PNG of side x side white pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        whole = kind + body
        return len(body).to_bytes(4, "big") + whole + zlib.crc32(whole).to_bytes(4, "big")

    size = side.to_bytes(4, "big")
    packer = zlib.compressobj(9)
    row = b"\0" + b"\xff" * (side // 8)
    body = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", size + size + b"\1\0\0\0\0")
        + chunk(b"IDAT", body)
        + chunk(b"IEND", b"")
    )
    return path


def test_a_picture_of_900_megabytes_in_109_kilobytes_is_refused(tmp_path: Path) -> None:
    from inchify.data.pictures.preparation import PictureError, read_picture

    path = bomb(tmp_path / "bomb.png", 30_000)
    assert path.stat().st_size < 200_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(PictureError, match="30000"):
        read_picture(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000

"""Whether commands killed at random moments and started again end with the same bytes.

    python -m inchify.benchmarks.robustness.kills --times 10

kills preprocess, train and submit ten times each (SIGKILL to the complete process group, each time
in a fresh folder), lets the killed run finish, and compares its files with an undisturbed run's.
Prints a line for each; the exit code is 1 if any differ.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[4]
TINY = ROOT / "configs" / "tiny" / "cnn_transformer.yaml"


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "inchify", *map(str, words)]


def start(words: list[str]) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        words,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def finish(words: list[str]) -> float:
    """Run a command to its end.

    Args:
        words: The command.

    Returns:
        Its seconds.

    Raises:
        SystemExit: If it fails, with its error output.
    """
    began = time.perf_counter()
    process = start(words)
    _, errors = process.communicate()
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} failed:\n{errors.decode()}")
    return time.perf_counter() - began


def killed(words: list[str], after: float) -> bool:
    """Start a command and kill its process group.

    Args:
        words: The command.
        after: Seconds until it is killed.

    Returns:
        Whether it was killed; False if it ended before that.
    """
    process = start(words)
    try:
        process.communicate(timeout=after)
        return False
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return True


def digest(folder: Path, wanted: Callable[[Path], bool]) -> dict[str, str]:
    """Hash the files of a folder that must be the same.

    Args:
        folder: The folder.
        wanted: Whether a path in the folder is such a file.

    Returns:
        SHA-256 by path in the folder.
    """
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if wanted(path.relative_to(folder))
    }


def trained(path: Path) -> bool:
    """The best weights and the last checkpoint's tensors; times and logs differ."""
    return path.suffix == ".safetensors"


def answered(path: Path) -> bool:
    return path.name == "submission.csv" or path.suffix == ".jsonl"


def experiment(
    name: str,
    words: Callable[[Path], list[str]],
    wanted: Callable[[Path], bool],
    folder: Path,
    times: int,
    chance: random.Random,
) -> int:
    """Kill a command again and again, let it finish, and compare its files.

    Args:
        name: The command's name.
        words: The command for an output folder.
        wanted: Whether a path in the output must be the same.
        folder: Where the outputs lie.
        times: Number of kills.
        chance: Draws their moments.

    Returns:
        The number of runs with other files than the undisturbed run.
    """
    undisturbed = folder / f"{name}_undisturbed"
    seconds = finish(words(undisturbed))
    truth = digest(undisturbed, wanted)
    assert truth
    different = kills = 0
    while kills < times:
        disturbed = folder / f"{name}_killed"
        shutil.rmtree(disturbed, ignore_errors=True)
        after = chance.uniform(0.2, seconds)
        if not killed(words(disturbed), after):
            continue
        kills += 1
        finish(words(disturbed))
        same = digest(disturbed, wanted) == truth
        different += not same
        print(
            f"{name:<10} killed after {after:5.1f} of {seconds:.1f} s: "
            f"{'the same' if same else 'DIFFERENT'} ({len(truth)} files)",
            flush=True,
        )
    return different


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--train", type=int, default=1500, help="pictures to preprocess")
    parser.add_argument("--test", type=int, default=300, help="pictures to answer")
    args = parser.parse_args()
    chance = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        competition, work, run = folder / "competition", folder / "work", folder / "run"
        finish(
            command("synth", "--output", competition, "--train", args.train, "--test", args.test)
        )
        finish(command("preprocess", competition, "--output", work))
        finish(command("train", TINY, "--data", work, "--output", run))
        different = experiment(
            "preprocess",
            lambda out: command("preprocess", competition, "--output", out),
            lambda path: True,
            folder,
            args.times,
            chance,
        )
        different += experiment(
            "train",
            lambda out: command(
                "train",
                TINY,
                "--data",
                work,
                "--output",
                out,
                "--set",
                "training.checkpoint_every=3",
            ),
            trained,
            folder,
            args.times,
            chance,
        )
        different += experiment(
            "submit",
            lambda out: command(
                "submit",
                "--checkpoint",
                run,
                "--input",
                competition,
                "--output",
                out,
                "--beams",
                2,
                "--window",
                32,
            ),
            answered,
            folder,
            args.times,
            chance,
        )
    print(f"{3 * args.times - different} of {3 * args.times} ended with the same bytes")
    sys.exit(bool(different))


if __name__ == "__main__":
    main()

"""Build the folder of the Kaggle data set that carries the package.

python kernels/package/build.py --output build/package --wheels build/wheels
kaggle datasets create -p build/package --dir-mode zip
"""

import argparse
import json
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
SKIPPED = shutil.ignore_patterns("__pycache__", "*.pyc", "*.egg-info", ".*")


def build(output: Path, wheels: Path | None = None) -> list[Path]:
    """Write the data set's folder afresh; returns its files.

    ``src``, ``configs``, ``package/attach.py``, ``wheels`` (those of ``wheels``, if given) and the
    metadata. Raises ValueError when ``output`` holds something that was not built here, or
    ``wheels`` holds no wheel.
    """
    if output.exists() and not (output / "dataset-metadata.json").is_file():
        raise ValueError(f"{output}: this is no data set folder of ours; choose another")
    found = sorted(wheels.glob("*.whl")) if wheels else []
    if wheels and not found:
        raise ValueError(f"{wheels}: there are no wheels in it")
    shutil.rmtree(output, ignore_errors=True)
    shutil.copytree(ROOT / "src", output / "src", ignore=SKIPPED)
    shutil.copytree(ROOT / "configs", output / "configs", ignore=SKIPPED)
    (output / "package").mkdir()
    shutil.copy(HERE / "attach.py", output / "package")
    shutil.copy(HERE / "dataset-metadata.json", output)
    for wheel in found:
        (output / "wheels").mkdir(exist_ok=True)
        shutil.copy(wheel, output / "wheels")
    return sorted(path for path in output.rglob("*") if path.is_file())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "package")
    parser.add_argument("--wheels", type=Path, help="a folder of wheels that Kaggle lacks")
    args = parser.parse_args()
    files = build(args.output, args.wheels)
    size = sum(path.stat().st_size for path in files)
    name = json.loads((args.output / "dataset-metadata.json").read_text())["id"]
    print(f"{args.output}: {name}, {len(files)} files, {size / 2**20:.1f} MiB")

"""Pack a work folder into a few files of bounded size, and unpack it again.

python kernels/train_in_pieces/pack.py work --output packed --megabytes 15.5
"""

import argparse
import hashlib
import io
import json
import tarfile
from pathlib import Path

TABLE = "data.json"


def is_packed(folder: Path) -> bool:
    """Whether a folder was written by ``pack``."""
    return (folder / TABLE).is_file()


def pack(work: Path, output: Path, *, max_bytes: int) -> list[Path]:
    """Write ``output``/data-00.bin, ... of at most ``max_bytes`` and a table of their digests."""
    if not work.is_dir():
        raise ValueError(f"{work}: there is no such folder")
    output.mkdir(parents=True, exist_ok=True)
    for old in output.glob("data-*.bin"):
        old.unlink()
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=6) as archive:
        for path in sorted(item for item in work.rglob("*") if item.is_file()):
            archive.add(path, arcname=path.relative_to(work).as_posix())
    whole = stream.getvalue()
    table = {}
    for place, start in enumerate(range(0, len(whole), max_bytes)):
        data = whole[start : start + max_bytes]
        name = f"data-{place:02d}.bin"
        (output / name).write_bytes(data)
        table[name] = hashlib.sha256(data).hexdigest()
    (output / TABLE).write_text(json.dumps(table, indent=1) + "\n")
    return [output / name for name in table]


def unpack(packed: Path, work: Path) -> Path:
    """Unpack into ``work``. Raises ValueError for a piece that is missing or damaged."""
    table = json.loads((packed / TABLE).read_text())
    parts = []
    for name, digest in table.items():
        path = packed / name
        data = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(data).hexdigest() != digest:
            raise ValueError(f"{path}: this piece is {'damaged' if data else 'missing'}")
        parts.append(data)
    work.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(b"".join(parts)), mode="r:gz") as archive:
        archive.extractall(work, filter="data")
    return work


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("work", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--megabytes", type=float, default=15.5)
    args = parser.parse_args()
    for written in pack(args.work, args.output, max_bytes=int(args.megabytes * 2**20)):
        print(f"{written}: {written.stat().st_size / 2**20:.2f} MiB")

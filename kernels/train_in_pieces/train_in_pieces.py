"""Train for some minutes, from the pieces of a checkpoint to the pieces of a newer one.

For a long training on machines that are lent for minutes and exchange only a few small files. Each
run joins the pieces of the one before, trains until --minutes are over, and splits what it has:

    python kernels/train_in_pieces/train_in_pieces.py configs/sequence/cnn_transformer.yaml \
        --data work --carry pieces --output out --minutes 9

`out/checkpoint` is the `--carry` of the next run. --data may be a folder packed by pack.py.
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

BEGAN = time.monotonic()
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "package"))

import attach  # noqa: E402
import pack  # noqa: E402


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("config", help="a file, or its name under configs/")
    parser.add_argument("--data", type=Path, required=True, help="work folder, packed or not")
    parser.add_argument("--output", type=Path, required=True, help="pieces and log go here")
    parser.add_argument("--carry", type=Path, help="pieces of the run before; empty at first")
    parser.add_argument("--init-from", type=Path, help="weights for a start without pieces")
    parser.add_argument("--run", type=Path, help="the run folder; a temporary one if left out")
    parser.add_argument("--fold", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=9.0, help="for all, start and end too")
    parser.add_argument("--reserve", type=float, default=20.0, help="seconds kept for splitting")
    parser.add_argument("--megabytes", type=float, default=15.5, help="of one piece at most")
    parser.add_argument("--files", type=int, default=8, help="how many may be sent at most")
    parser.add_argument("--send", choices=("checkpoint", "best", "both"), default="checkpoint")
    parser.add_argument("--small", action="store_true", help="moments in bfloat16; not exact")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    attach.attach()
    from inchify.tasks.sequence.task import train_fold
    from inchify.training.checkpoint_parts import join_checkpoint

    with tempfile.TemporaryDirectory() as scratch:
        run = args.run or Path(scratch) / "run"
        carried = sorted(args.carry.glob("piece-*.bin")) if args.carry else []
        if carried:
            print(f"joined: {join_checkpoint(carried, run).name}", flush=True)
        data = args.data
        if pack.is_packed(data):
            data = pack.unpack(args.data, Path(scratch) / "work")
        left = args.minutes * 60 - (time.monotonic() - BEGAN) - args.reserve
        if left <= 0:
            raise ValueError(f"--minutes {args.minutes} leave no time beside --reserve")
        summary = train_fold(
            attach.config(args.config),
            data,
            run,
            fold=args.fold,
            init_from=None if carried else args.init_from,
            resume=True,
            stop_after=left,
            assignments=args.set,
            progress=False,
        )
        send(args, run)
    state = "finished" if summary["finished"] else "to be continued"
    print(f"step {summary['step']} of {summary['steps']}: {state}")
    print(f"{time.monotonic() - BEGAN:.0f} s in all")


def send(args: argparse.Namespace, run: Path) -> None:
    """Split what is sent. Raises ValueError where it takes more files than may be sent."""
    from inchify.training.checkpoint_parts import split_checkpoint

    limit = int(args.megabytes * 2**20)
    pieces = []
    if args.send != "best":
        pieces += split_checkpoint(
            run, args.output / "checkpoint", max_bytes=limit, small=args.small
        )
    if args.send != "checkpoint" and (run / "best").is_dir():
        pieces += split_checkpoint(run / "best", args.output / "best", max_bytes=limit)
    for path in pieces:
        print(f"{path}: {path.stat().st_size / 2**20:.2f} MiB")
    shutil.copy(run / "log.jsonl", args.output / "log.jsonl")
    if len(pieces) + 1 > args.files:
        raise ValueError(
            f"{len(pieces)} pieces and the log are more than {args.files} files; use a smaller "
            "network, --small or --send"
        )


if __name__ == "__main__":
    main()

"""Checkpoints and the competition's folder come in; candidates and submission.csv go out.

On Kaggle all `best` folders of the attached kernels decode together.
"""

import sys
from pathlib import Path

PLACES = [Path(__file__).resolve().parents[1] / "package"]
PLACES += [*Path("/kaggle/input").glob("*/package"), *Path("/kaggle/input").glob("*/*/*/package")]
sys.path[:0] = [str(place) for place in PLACES if (place / "attach.py").is_file()]

import attach  # noqa: E402

BEAMS = 4

if __name__ == "__main__":
    parser = attach.parser(__doc__, input=attach.competition(), output=attach.working())
    found = attach.attached("best")
    parser.add_argument(
        "--checkpoint", type=Path, action="append", required=not found, help="may be repeated"
    )
    parser.add_argument("--beams", type=int, default=BEAMS)
    words, rest = parser.parse_known_args()
    command = ["submit", "--input", words.input, "--output", words.output, "--beams", words.beams]
    for checkpoint in words.checkpoint or found:
        command += ["--checkpoint", checkpoint]
    attach.run([*command, *rest])

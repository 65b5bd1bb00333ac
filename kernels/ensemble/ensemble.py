"""Candidates or submissions of several runs come in; one submission.csv goes out.

On Kaggle all attached kernels that made candidates take part, each with one vote.
"""

import sys
from pathlib import Path

PLACES = [Path(__file__).resolve().parents[1] / "package"]
PLACES += [*Path("/kaggle/input").glob("*/package"), *Path("/kaggle/input").glob("*/*/*/package")]
sys.path[:0] = [str(place) for place in PLACES if (place / "attach.py").is_file()]

import attach  # noqa: E402

if __name__ == "__main__":
    found = sorted({path.parent for path in attach.attached("candidates_*_of_*.jsonl")})
    competition = attach.competition()
    sample = competition and competition / "sample_submission.csv"
    output = attach.working("submission.csv")
    parser = attach.parser(__doc__, input=found, output=output, inputs="+")
    parser.add_argument("--sample", type=Path, default=sample, required=not sample)
    words, rest = parser.parse_known_args()
    command = ["ensemble", *words.input, "--output", words.output, "--sample", words.sample]
    attach.run([*command, *rest])

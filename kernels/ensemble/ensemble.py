"""Merge candidates or submissions of several runs into one submission.csv.

All folders of SUBMISSION_DIR of SETTINGS.json, on Kaggle all attached kernels, that hold candidates
take part, each with one vote.
"""

import sys
from pathlib import Path

PLACES = [Path(__file__).resolve().parents[1] / "package"]
PLACES += [*Path("/kaggle/input").glob("*/package"), *Path("/kaggle/input").glob("*/*/*/package")]
sys.path[:0] = [str(place) for place in PLACES if (place / "attach.py").is_file()]

import attach  # noqa: E402

CANDIDATES = "candidates_*_of_*.jsonl"

if __name__ == "__main__":
    candidates = attach.attached(CANDIDATES)
    if submissions := attach.setting("SUBMISSION_DIR"):
        candidates = candidates or list(submissions.glob(f"*/{CANDIDATES}"))
    found = sorted({path.parent for path in candidates})
    competition = attach.competition() or attach.setting("RAW_DATA_DIR")
    sample = competition and competition / "sample_submission.csv"
    output = attach.working("submission.csv")
    output = output or attach.setting("SUBMISSION_DIR", "ensemble/submission.csv")
    parser = attach.parser(__doc__, input=found, output=output, inputs="+")
    parser.add_argument("--sample", type=Path, default=sample, required=not sample)
    words, rest = parser.parse_known_args()
    command = ["ensemble", *words.input, "--output", words.output, "--sample", words.sample]
    attach.run([*command, *rest])

"""Answer the test pictures: candidates and submission.csv.

Folders by default: RAW_DATA_DIR and SUBMISSION_DIR/folds of SETTINGS.json, on Kaggle those of
Kaggle. All `best` folders of MODEL_DIR, on Kaggle of the attached kernels, decode together.
"""

import sys
from pathlib import Path

PLACES = [Path(__file__).resolve().parents[1] / "package"]
PLACES += [*Path("/kaggle/input").glob("*/package"), *Path("/kaggle/input").glob("*/*/*/package")]
sys.path[:0] = [str(place) for place in PLACES if (place / "attach.py").is_file()]

import attach  # noqa: E402

BEAMS = 4

if __name__ == "__main__":
    competition = attach.competition() or attach.setting("RAW_DATA_DIR")
    output = attach.working() or attach.setting("SUBMISSION_DIR", "folds")
    parser = attach.parser(__doc__, input=competition, output=output)
    models = attach.setting("MODEL_DIR")
    found = attach.attached("best") or (sorted(models.glob("*/best")) if models else [])
    parser.add_argument(
        "--checkpoint", type=Path, action="append", required=not found, help="may be repeated"
    )
    parser.add_argument("--beams", type=int, default=BEAMS)
    words, rest = parser.parse_known_args()
    command = ["submit", "--input", words.input, "--output", words.output, "--beams", words.beams]
    for checkpoint in words.checkpoint or found:
        command += ["--checkpoint", checkpoint]
    attach.run([*command, *rest])

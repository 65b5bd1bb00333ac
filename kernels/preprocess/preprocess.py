"""Prepare the competition's data: bucket tables and one picture store.

Folders by default: RAW_DATA_DIR and WORK_DIR of SETTINGS.json, on Kaggle those of Kaggle.
"""

import sys
from pathlib import Path

PLACES = [Path(__file__).resolve().parents[1] / "package"]
PLACES += [*Path("/kaggle/input").glob("*/package"), *Path("/kaggle/input").glob("*/*/*/package")]
sys.path[:0] = [str(place) for place in PLACES if (place / "attach.py").is_file()]

import attach  # noqa: E402

if __name__ == "__main__":
    competition = attach.competition() or attach.setting("RAW_DATA_DIR")
    output = attach.working("work") or attach.setting("WORK_DIR")
    parser = attach.parser(__doc__, input=competition, output=output)
    words, rest = parser.parse_known_args()
    attach.run(["preprocess", words.input, "--output", words.output, *rest])

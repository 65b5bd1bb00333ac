"""The competition's folder comes in; a work folder (bucket tables and picture store) goes out."""

import sys
from pathlib import Path

PLACES = [Path(__file__).resolve().parents[1] / "package"]
PLACES += [*Path("/kaggle/input").glob("*/package"), *Path("/kaggle/input").glob("*/*/*/package")]
sys.path[:0] = [str(place) for place in PLACES if (place / "attach.py").is_file()]

import attach  # noqa: E402

if __name__ == "__main__":
    parser = attach.parser(__doc__, input=attach.competition(), output=attach.working("work"))
    words, rest = parser.parse_known_args()
    attach.run(["preprocess", words.input, "--output", words.output, *rest])

"""Train one fold: checkpoints, `best/` and logs.

Folders by default: WORK_DIR and MODEL_DIR/foldK of SETTINGS.json, on Kaggle those of Kaggle. There
nobody types arguments: set CONFIG, FOLD and HOURS here. A run that HOURS stopped is continued by
giving its folder to --resume-from.
"""

import shutil
import sys
from pathlib import Path

PLACES = [Path(__file__).resolve().parents[1] / "package"]
PLACES += [*Path("/kaggle/input").glob("*/package"), *Path("/kaggle/input").glob("*/*/*/package")]
sys.path[:0] = [str(place) for place in PLACES if (place / "attach.py").is_file()]

import attach  # noqa: E402

CONFIG = "sequence/cnn_transformer.yaml"
FOLD = 0
HOURS = 11.0

if __name__ == "__main__":
    work = [path.parent for path in attach.attached("vocabulary.json")]
    folder = work[0] if work else attach.setting("WORK_DIR")
    models = attach.setting("MODEL_DIR")
    parser = attach.parser(__doc__, input=folder, output=attach.working(f"fold{FOLD}") or models)
    parser.add_argument("--config", default=CONFIG)
    parser.add_argument("--fold", type=int, default=FOLD)
    parser.add_argument("--hours", type=float, default=HOURS)
    parser.add_argument("--resume-from", type=Path)
    words, rest = parser.parse_known_args()
    if models and words.output == models:
        words.output = models / f"fold{words.fold}"
    if words.resume_from and not words.output.exists():
        shutil.copytree(words.resume_from, words.output)
    command = ["train", attach.config(words.config), "--data", words.input]
    command += ["--fold", words.fold, "--output", words.output]
    attach.run([*command, "--stop-after", words.hours * 3600, *rest])

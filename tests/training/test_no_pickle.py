"""Nothing in the room can run code from a file."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import inchify.training

FORBIDDEN_MODULES = {"pickle", "cloudpickle", "dill", "shelve", "marshal", "joblib"}
FORBIDDEN_CALLS = {
    "torch.load",
    "torch.save",
    "numpy.load",
    "np.load",
    "eval",
    "exec",
    "accelerator.save_state",
    "accelerator.load_state",
    "processes.accelerator.save_state",
    "processes.accelerator.load_state",
}


@pytest.mark.parametrize(
    "path", sorted(Path(inchify.training.__file__).parent.rglob("*.py")), ids=lambda path: path.name
)
def test_no_pickle(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        assert not {name.split(".")[0] for name in names} & FORBIDDEN_MODULES
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called.removeprefix("self.") not in FORBIDDEN_CALLS, called

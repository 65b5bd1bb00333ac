"""Settings: strict in, the same out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inchify import config


@dataclass(frozen=True, kw_only=True)
class Small:
    kind: Literal["small"] = "small"
    width: int = 4
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class Large:
    kind: Literal["large"] = "large"
    depth: int = 2

    def __post_init__(self) -> None:
        if self.depth < 1:
            raise ValueError(f"'depth' is {self.depth}; it must be at least 1")


@dataclass(frozen=True, kw_only=True)
class Whole:
    part: Small | Large
    rate: float = 0.1
    careful: bool = True
    edges: tuple[int, ...] = (1, 2)
    span: tuple[float, float] = (0.0, 1.0)
    weights: dict[str, float] = field(default_factory=dict)


def test_round_trip_and_digest() -> None:
    whole = config.build(Whole, {"part": {"kind": "large", "depth": 3}, "rate": "3e-4"})
    assert whole.part == Large(depth=3)
    assert whole.rate == pytest.approx(3e-4)
    assert config.build(Whole, config.to_dict(whole)) == whole
    assert config.digest(whole) == config.digest(config.to_dict(whole))
    assert config.digest(whole) != config.digest(config.build(Whole, {"part": {"kind": "small"}}))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"part": {"kind": "large"}, "rat": 1}, r"unknown key 'rat'; known here: .*rate"),
        ({"part": {"kind": "large", "dept": 1}}, r"unknown key 'part.dept'; known here: depth"),
        ({"part": {"kind": "huge"}}, r"'part.kind' is 'huge'; it must be one of small, large"),
        ({"part": {"depth": 1}}, r"'part.kind' is None; it must be one of small, large"),
        ({}, r"missing key 'part'"),
        ({"part": {"kind": "large", "depth": True}}, r"'part.depth' is True .* whole number"),
        ({"part": {"kind": "large", "depth": 0}}, r"part: 'depth' is 0; it must be at least 1"),
        ({"part": {"kind": "small"}, "rate": "fast"}, r"'rate' is 'fast' .* a number"),
        ({"part": {"kind": "small"}, "careful": 1}, r"'careful' is 1 .* true or false"),
        ({"part": {"kind": "small"}, "edges": 3}, r"'edges' is 3 .* a list"),
        ({"part": {"kind": "small"}, "span": [1.0]}, r"'span' is .* a list of 2"),
        ({"part": {"kind": "small", "name": 3}}, r"'part.name' is 3 .* text"),
        ({"part": {"kind": "small"}, "weights": {"a": "b"}}, r"'weights.a' is 'b' .* a number"),
    ],
)
def test_what_is_wrong_is_named(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        config.build(Whole, settings)


def test_files_state_differences(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("part: {kind: large, depth: 5}\nrate: 1e-3\n")
    (tmp_path / "fast.yaml").write_text("base: base.yaml\nrate: 0.5\n")
    (tmp_path / "small.yaml").write_text("base: fast.yaml\npart: {kind: small}\n")
    assert config.load(tmp_path / "fast.yaml", Whole) == Whole(part=Large(depth=5), rate=0.5)
    # another kind starts afresh: a depth means nothing to it
    assert config.load(tmp_path / "small.yaml", Whole) == Whole(part=Small(), rate=0.5)
    (tmp_path / "two.yaml").write_text("base: [fast.yaml, small.yaml]\nrate: 2\n")
    assert config.load(tmp_path / "two.yaml", Whole) == Whole(part=Small(), rate=2.0)
    changed = config.load(tmp_path / "fast.yaml", Whole, ["part.depth=7", "span=[1, 2]"])
    assert changed == Whole(part=Large(depth=7), rate=0.5, span=(1.0, 2.0))


def test_file_errors_name_the_file(tmp_path: Path) -> None:
    circle = tmp_path / "circle.yaml"
    circle.write_text("base: circle.yaml\n")
    with pytest.raises(ValueError, match="circle"):
        config.read_yaml(circle)
    with pytest.raises(ValueError, match=r"nothing\.yaml"):
        config.read_yaml(tmp_path / "nothing.yaml")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("part: {kind: small}\nrate: [")
    with pytest.raises(ValueError, match=r"wrong\.yaml.*not YAML"):
        config.read_yaml(wrong)
    wrong.write_text("rate: 3\n")
    with pytest.raises(ValueError, match=r"wrong\.yaml.*missing key 'part'"):
        config.load(wrong, Whole)
    with pytest.raises(ValueError, match=r"part\.key=value"):
        config.override({}, ["part.depth"])


@given(
    depth=st.integers(1, 99),
    rate=st.floats(allow_nan=False, allow_infinity=False),
    careful=st.booleans(),
    edges=st.lists(st.integers(), max_size=5),
)
def test_any_settings_survive(depth: int, rate: float, careful: bool, edges: list[int]) -> None:
    whole = Whole(part=Large(depth=depth), rate=rate, careful=careful, edges=tuple(edges))
    assert config.build(Whole, config.to_dict(whole)) == whole

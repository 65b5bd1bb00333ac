"""Intensity profiles along and across lines on a picture.

The picture is cut into a strip along each bond, laid straight. Every kind of bond is drawn as such
strips in several proportions with the picture's own line width, in sections from begin to end, and
compared after small shifts of both ends. Lengths are in usual bonds.

Shape letters: B bonds, A places along a bond, S sections of it, T places across it, M drawn
strips, C shifts, K kinds, X measures.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from inchify.data.strokes.bond_patches import sample_along

ALONG, SECTIONS = 24, 4
STEP, HALF, REACH = 0.025, 13, 3
PER_SECTION, ACROSS = ALONG // SECTIONS, 2 * HALF + 1
OFFSET_T = np.arange(-HALF, HALF + 1) * STEP
MIDDLE = HALF + REACH
# Kinds that are drawn; "back" has its narrow end at the end.
DRAWN = (
    *("single", "double", "triple", "wedge", "wedge back", "hash", "hash back"),
    *("wavy", "bold", "aromatic"),
)
MEASURES = (
    *(f"like {kind}" for kind in DRAWN),
    *("cover", "begin least", "end least", "core", "core low", "core lower", "gaps", "gaps beside"),
    *("beside", "far", "mean", "begin", "end", "axis", "line", "other line", "widening"),
    *("width 1", "width 2", "width 3", "width 4", "line width", "pixel", "length"),
)
FOREGROUND_LEVEL = 0.35


def profiles_of(intensity_HW: np.ndarray, ends_B4: np.ndarray, unit: float) -> np.ndarray:
    """Foreground (B, ALONG, ACROSS + 2 REACH) float32 along the lines ``ends_B4`` (pixels) and
    beside."""
    share_A = (np.arange(ALONG) + 0.5) / ALONG
    away_T = np.arange(-MIDDLE, MIDDLE + 1) * (STEP * unit)
    return sample_along(intensity_HW, ends_B4, share_A, away_T)


def line_width(samples_BAT: np.ndarray, plain_B: np.ndarray) -> float:
    """The usual width of the plain bonds' lines (of all where there is none)."""
    if not len(samples_BAT):
        return 0.06
    core = slice(MIDDLE - 6, MIDDLE + 7)
    width_B = samples_BAT[:, ALONG // 3 : -ALONG // 3, core].mean(axis=1).sum(axis=1) * STEP
    return float(np.clip(np.median(width_B[plain_B] if plain_B.any() else width_B), 0.025, 0.16))


def measures(
    samples_BAT: np.ndarray, length_B: np.ndarray, width: float, unit: float
) -> tuple[np.ndarray, np.ndarray]:
    """float64 (B, X), named in ``MEASURES``, and by how many steps each bond's axis is seen beside
    its line (B, S). ``length_B``: visible lengths; ``unit``: pixels of a bond."""
    like_BK, axis_BS = similarity(samples_BAT, width, unit)
    rest = (np.full(len(samples_BAT), value) for value in (width, 10.0 / unit))
    columns = [like_BK, _texture(samples_BAT, axis_BS), *rest, length_B]
    return np.column_stack(columns), axis_BS


def similarity(samples_BAT: np.ndarray, width: float, unit: float) -> tuple[np.ndarray, np.ndarray]:
    """How like every bond is to each drawn kind, -1..1 (B, K), and the axis of the likest."""
    count = len(samples_BAT)
    section_BST = samples_BAT.reshape(count, SECTIONS, PER_SECTION, -1).mean(axis=2)
    shift_CS, index_CST = _shifts()
    shown = section_BST.reshape(count, -1)[:, index_CST.reshape(-1)]
    shown = shown.reshape(count * len(shift_CS), -1)
    kind_M, drawn = drawn_profiles(round(width * 100), round(100 * max(1.2 / unit, 0.03)))
    power_M, power = (drawn * drawn).sum(axis=1), (shown * shown).sum(axis=1)
    # weak foreground is like nothing
    cosine = (shown @ drawn.T) / np.sqrt(power_M * (power[:, None] + 0.1 * power_M))
    cosine_BCM = cosine.reshape(count, len(shift_CS), -1)
    best_BM, shift_BM = cosine_BCM.max(axis=1), cosine_BCM.argmax(axis=1)
    like_BK = np.zeros((count, len(DRAWN)))
    for kind in range(len(DRAWN)):
        if (kind_M == kind).any():
            like_BK[:, kind] = best_BM[:, kind_M == kind].max(axis=1)
    likest_B = best_BM.argmax(axis=1)
    return like_BK, shift_CS[shift_BM[np.arange(count), likest_B]]


@lru_cache(maxsize=1)
def _shifts() -> tuple[np.ndarray, np.ndarray]:
    """Steps to the side of each section (C, S), and where its T places then lie in a strip."""
    far = (-3, -1, 1, 3)
    ends = [(0, 0), *((begin, end) for begin in far for end in far if abs(begin - end) <= 4)]
    share_S = (np.arange(SECTIONS) + 0.5) / SECTIONS
    shift_CS = np.array([np.rint(a * (1 - share_S) + b * share_S) for a, b in ends]).astype(int)
    starts_S = np.arange(SECTIONS) * (ACROSS + 2 * REACH)
    return shift_CS, (REACH + shift_CS + starts_S)[:, :, None] + np.arange(ACROSS)


def _line(at: float, width: float, soft: float) -> np.ndarray:
    """Foreground across a line (T,) whose edges are ``soft``."""
    soft = min(soft, 2 * width)
    rising = np.clip((OFFSET_T - at + width / 2) / soft + 0.5, 0, 1)
    falling = np.clip((at + width / 2 - OFFSET_T) / soft + 0.5, 0, 1)
    return np.asarray(np.clip(rising + falling - 1, 0, 1))


@lru_cache(maxsize=64)
def drawn_profiles(width: int, soft: int) -> tuple[np.ndarray, np.ndarray]:
    """Kinds (M,) and drawings float32 (M, S T) of bonds; ``width`` of lines and of their edges'
    softness in hundredths of a bond."""
    line, edge = width / 100, soft / 100
    kinds: list[int] = []
    drawings: list[np.ndarray] = []

    def put(kind: str, *sections: np.ndarray) -> None:
        kinds.append(DRAWN.index(kind))
        drawings.append(np.concatenate(sections * (SECTIONS // len(sections))))

    def mark(at: float, share: float = 1.0) -> np.ndarray:
        return _line(at, line * share, edge)

    axis = mark(0)
    for share in (0.75, 1.0, 1.3):
        put("single", mark(0, share))
    for gap in (0.05, 0.08, 0.115, 0.16):
        away = line + gap
        put("double", np.maximum(mark(-away / 2), mark(away / 2)))
        for inner in (mark(-away), mark(away)):
            both = np.maximum(axis, inner)
            for weight in (1.0, 0.3):  # inner lines may be shorter
                short = np.maximum(axis, weight * inner)
                put("double", short, both, both, short)
            put("aromatic", np.maximum(axis, 0.5 * inner))
    for at in (-0.28, 0.28):  # a circle comes nearest at the middle
        both = np.maximum(axis, mark(at))
        put("aromatic", axis, both, both, axis)
    put("aromatic", axis)
    for gap in (0.05, 0.075, 0.105, 0.14):
        away = line + gap
        put("triple", np.maximum(axis, np.maximum(mark(-away), mark(away))))
    _put_broad(put, line, edge)
    for wide in (0.09, 0.14, 0.2):
        swing = np.sin(np.linspace(0, 2 * np.pi, 16, endpoint=False)) * wide / 2
        put("wavy", np.mean([mark(at) for at in swing.tolist()], axis=0))
    return np.array(kinds), np.stack(drawings).astype(np.float32)


def _put_broad(put, line: float, edge: float) -> None:  # type: ignore[no-untyped-def]
    """Wedges, hashes and bold bonds of several widths; a hash's lines are seen as gray."""
    share_S = (np.arange(SECTIONS) + 0.5) / SECTIONS
    for wide in (0.1, 0.14, 0.19, 0.26, 0.35):
        if wide < 1.5 * line:
            continue
        for kind, tip in (("wedge", 0.4 * line), ("hash", line)):
            expanded = [_line(0, tip + (wide - tip) * share, edge) for share in share_S.tolist()]
            put(kind, *expanded)
            put(f"{kind} back", *expanded[::-1])
    for wide in (0.12, 0.17, 0.24):
        if wide >= 1.6 * line:
            for kind in ("bold", "hash", "hash back"):
                put(kind, _line(0, wide, edge))


def _texture(samples_BAT: np.ndarray, axis_BS: np.ndarray) -> np.ndarray:
    """Cover, gaps, second lines and widths along the axis, in ``MEASURES``' order."""
    count, reach = len(samples_BAT), 11
    center_BA = np.repeat(axis_BS, PER_SECTION, axis=1) + MIDDLE
    column = np.clip(center_BA[:, :, None] + np.arange(-reach, reach + 1), 0, 2 * MIDDLE)
    cell = np.take_along_axis(samples_BAT, column, axis=2)
    core_BA = cell[:, :, reach - 1 : reach + 2].max(axis=2)
    low_BA = np.sort(core_BA, axis=1)
    beside_BA = (cell[:, :, reach - 3] + cell[:, :, reach + 3]) / 2
    far_BA = (cell[:, :, reach - 6] + cell[:, :, reach + 6]) / 2
    # the width of the foreground that is joined to the axis
    cell_joined = cell.copy()
    cell_joined[:, :, reach] = core_BA
    right = np.minimum.accumulate(cell_joined[:, :, reach:], axis=2).sum(axis=2)
    left = np.minimum.accumulate(cell_joined[:, :, reach::-1], axis=2).sum(axis=2) - core_BA
    width_BS = ((right + left) * STEP).reshape(count, SECTIONS, PER_SECTION).mean(axis=2)
    # foreground beyond a valley, half-way
    inner = cell.reshape(count, SECTIONS, PER_SECTION, -1)[:, 1:3].mean(axis=(1, 2))
    sides = (inner[:, reach:], inner[:, reach::-1])
    rises = [(side - np.minimum.accumulate(side, axis=1)).max(axis=1) for side in sides]
    return np.column_stack(
        [
            (core_BA > FOREGROUND_LEVEL).mean(axis=1),
            core_BA[:, :7].min(axis=1),
            core_BA[:, -7:].min(axis=1),
            core_BA.mean(axis=1),
            low_BA[:, 3],
            low_BA[:, 8],
            np.abs(np.diff(core_BA, axis=1)).mean(axis=1),
            np.abs(np.diff(beside_BA, axis=1)).mean(axis=1),
            beside_BA.mean(axis=1),
            far_BA.mean(axis=1),
            samples_BAT.mean(axis=(1, 2)),
            core_BA[:, :3].mean(axis=1),
            core_BA[:, -3:].mean(axis=1),
            inner[:, reach],
            np.maximum(*rises),
            np.minimum(*rises),
            width_BS[:, 3] - width_BS[:, 0],
            width_BS,
        ]
    )

"""Growing boxes to all ink of their drawings, and none of others'."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.documents.composed import Composed, Sheet, page, shrunk, words

from inchify.documents.connected_components import FOREGROUND_LEVEL
from inchify.documents.mask_expansion import ExpandedRegions, expand_masks
from inchify.types import Region, TextLine


def shares(drawn: Composed, expanded: ExpandedRegions) -> list[tuple[float, float]]:
    """For each region the share of its ink that it got, and of its pixels that are others'."""
    foreground = drawn.intensity > FOREGROUND_LEVEL
    found = []
    for place in range(len(drawn.regions)):
        true, got = (
            (drawn.region_ids == place + 1) & foreground,
            (expanded.region_HW == place + 1) & foreground,
        )
        found.append((float((true & got).sum() / true.sum()), float((got & ~true).sum())))
    return found


@pytest.mark.parametrize("number", range(1, 5))
def test_small_and_shifted_boxes_get_all_their_ink_and_no_label(number: int) -> None:
    drawn = page(number)
    small = [replace(one, box=shrunk(one.box, 0.075)) for one in drawn.regions]
    shifted = []
    for place, one in enumerate(drawn.regions):
        left, top, right, bottom = one.box
        wide, high = 0.1 * (right - left), 0.1 * (bottom - top)
        way = (wide, high) if place % 2 else (-wide, -high)
        box = (left + way[0], top + way[1], right + way[0], bottom + way[1])
        shifted.append(replace(one, box=box))
    for regions in (drawn.regions, small, shifted):
        expanded = expand_masks(regions, drawn.intensity)
        assert all(own == 1.0 and not foreign for own, foreign in shares(drawn, expanded))
        for one, true in zip(expanded.regions, drawn.regions, strict=True):
            assert np.abs(np.subtract(one.box, true.box)).max() <= 2


def test_a_label_in_the_box_stays_outside_when_its_line_says_so() -> None:
    sheet = Sheet(500, 600)
    sheet.molecule(1, 80, 80)
    left, top, right, bottom = sheet.regions[0].box
    sheet.line("12a", int(right) - 30, int(bottom) - 16, "label")
    drawn = sheet.done()
    loose = replace(drawn.regions[0], box=(left - 5, top - 5, right + 30, bottom + 15))
    label = TextLine(drawn.lines[0].box, "12a", kind="label")
    ((own, foreign),) = shares(drawn, expand_masks([loose], drawn.intensity, lines=[label]))
    assert own == 1.0 and not foreign
    ((own, foreign),) = shares(drawn, expand_masks([loose], drawn.intensity))
    assert own == 1.0 and foreign  # without the line nothing tells them apart
    chance = (drawn.region_ids[::8, ::8] > 0).astype(np.float32)
    chance = np.maximum.reduce([np.roll(chance, (y, x), (0, 1)) for y in (0, 1) for x in (0, 1)])
    ((own, foreign),) = shares(drawn, expand_masks([loose], drawn.intensity, chances=chance))
    assert own > 0.9 and foreign < 30


def test_frames_rules_and_arrows_are_nobodys_and_a_rule_across_is_cut() -> None:
    sheet = Sheet(500, 900)
    sheet.molecule(0, 100, 100)
    sheet.molecule(2, 540, 100)
    first, second = sheet.regions[0].box, sheet.regions[1].box
    drawn = sheet.done()
    intensity = drawn.intensity.copy()
    middle = int(first[1] + first[3]) // 2
    intensity[60:63, 40:860] = intensity[430:433, 40:860] = 255  # a frame
    intensity[60:433, 40:43] = intensity[60:433, 857:860] = 255
    intensity[middle : middle + 3, int(first[2]) + 8 : int(second[0]) - 8] = 255  # an arrow's shaft
    touching = int(second[3]) - 2
    intensity[touching : touching + 2, 460:850] = 255  # a rule through the lowest letters
    expanded = expand_masks(
        [replace(one, box=shrunk(one.box, 0.05)) for one in drawn.regions], intensity
    )
    assert np.abs(np.subtract(expanded.regions[0].box, first)).max() <= 2
    assert np.abs(np.subtract(expanded.regions[1].box, second)).max() <= 4
    assert not expanded.region_HW[:90].any() and not expanded.region_HW[400:].any()
    assert not expanded.region_HW[:, 450:520].any()


def test_overlapping_boxes_share_no_ink() -> None:
    sheet = Sheet(500, 700)
    sheet.molecule(0, 60, 80)
    right = int(sheet.regions[0].box[2])
    sheet.molecule(2, right + 14, 80)
    drawn = sheet.done()
    loose = []
    for one in drawn.regions:
        left, top, far, bottom = one.box
        loose.append(replace(one, box=(left - 40, top - 10, far + 40, bottom + 10)))
    expanded = expand_masks(loose, drawn.intensity)
    assert shares(drawn, expanded) == [(1.0, 0.0), (1.0, 0.0)]


def test_running_text_beside_a_molecule_is_not_swallowed() -> None:
    sheet = Sheet(500, 900)
    sheet.molecule(1, 60, 80)
    right, bottom = int(sheet.regions[0].box[2]), int(sheet.regions[0].box[3])
    sheet.line("words that stand beside a drawing", right + 20, 150)
    sheet.put(words("words that stand right below a drawing"), 60, bottom + 4)
    drawn = sheet.done()
    left, top, far, low = drawn.regions[0].box
    loose = replace(drawn.regions[0], box=(left, top, far + 60, low + 20))
    ((own, foreign),) = shares(drawn, expand_masks([loose], drawn.intensity))
    assert own == 1.0 and not foreign


def test_pages_without_regions_or_ink_and_wrong_maps() -> None:
    drawn = page(1)
    assert not expand_masks([], drawn.intensity).region_HW.any()
    empty = expand_masks([Region((10, 10, 40, 40))], np.zeros((80, 90), np.uint8))
    assert empty.regions[0].box == (10, 10, 40, 40) and not empty.has_foreground(0)
    with pytest.raises(ValueError, match=r"map \(h, w\)"):
        expand_masks(drawn.regions, drawn.intensity, chances=np.zeros(4))


def test_two_boxes_round_one_drawing_leave_it_to_one() -> None:
    sheet = Sheet(500, 600)
    sheet.molecule(3, 80, 80)
    one = sheet.regions[0]
    drawn = sheet.done()
    expanded = expand_masks([one, replace(one, box=shrunk(one.box, 0.1))], drawn.intensity)
    assert [expanded.has_foreground(place) for place in (0, 1)] == [True, False]


@pytest.mark.parametrize("turned", [False, True])
def test_brackets_round_a_drawing_are_nobodys(turned: bool) -> None:
    sheet = Sheet(500, 600)
    place = sheet.molecule(2, 200, 180)
    left, top, right, bottom = (round(side) for side in sheet.regions[place].box)
    for x, tick in ((left - 16, 1), (right + 16, -1)):
        ends = sorted((x, x + 8 * tick))
        sheet.intensity[top - 12 : bottom + 12, x - 1 : x + 2] = 255
        for y in (top - 12, bottom + 9):
            sheet.intensity[y : y + 3, ends[0] : ends[1]] = 255
    intensity = np.ascontiguousarray(sheet.intensity[:, ::-1]) if turned else sheet.intensity
    box = (600.0 - right, top, 600.0 - left, bottom) if turned else (left, top, right, bottom)
    box = tuple(float(side) for side in box)
    expanded = expand_masks(
        [Region((box[0] - 20, box[1] - 14, box[2] + 20, box[3] + 14))], intensity
    )
    assert np.abs(np.subtract(expanded.regions[0].box, box)).max() <= 2


def test_the_end_of_a_neighbor_in_a_loose_box_stays_the_neighbors() -> None:
    sheet = Sheet(500, 900)
    first = sheet.molecule(2, 120, 180)
    second = sheet.molecule(3, round(sheet.regions[first].box[2]) + 30, 180)
    one, other = (sheet.regions[place].box for place in (first, second))
    # bonds of the first that hang together with nothing: a hashed wedge parts it
    cut = round(one[2] - 0.3 * (one[2] - one[0]))
    sheet.intensity[:, cut : cut + 4] = 0
    small = Region((one[0], one[1], cut - 4.0, one[3]))
    loose = Region((cut + 2.0, other[1] - 5, other[2], other[3] + 5))
    expanded = expand_masks([small, loose], sheet.intensity)
    assert abs(expanded.regions[0].box[2] - one[2]) <= 2
    assert abs(expanded.regions[1].box[0] - other[0]) <= 2


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_molecule_seen_as_two_is_one_where_a_bond_goes_on(number: int) -> None:
    sheet = Sheet(500, 900)
    place = sheet.molecule(number, 200, 180)
    left, top, right, bottom = sheet.regions[place].box
    middle = round((left + right) / 2)
    sheet.intensity[:, middle : middle + 3] = 0  # as between the lines of a hashed bond
    halves = [
        Region((left, top, middle - 10.0, bottom)),
        Region((middle + 10.0, top, right, bottom)),
    ]
    expanded = expand_masks(halves, sheet.intensity)
    kept = [region for one, region in enumerate(expanded.regions) if expanded.has_foreground(one)]
    assert len(kept) == 1
    assert np.abs(np.subtract(kept[0].box, sheet.regions[place].box)).max() <= 2

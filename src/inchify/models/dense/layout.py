"""Channel layout of the dense networks: named maps of one tensor.

The four original maps are pos, cos, sin and width (GG-CNN, Morrison et al. 2018, with a pyramid
network as in PSPNet, Zhao et al. 2017). Two networks have them: one finds molecules on a page
(``RegionLayout``), one reads them (``GraphLayout``): a bond's middle, its doubled angle and its
length. Beside them stand what kind of bond it is, which way a directed one runs, and atoms.

Shape letters: B pictures, C channels, H and W cells of the map, N picked cells.
"""

from __future__ import annotations

from dataclasses import Field, dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, Protocol, TypeVar


class Layout(Protocol):
    """Interface of a map layout: a dataclass whose ``positions`` name the position maps (logits of
    rare positives), the main one first."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def slices(self) -> dict[str, slice]: ...

    @property
    def channels(self) -> int: ...

    @property
    def four(self) -> slice: ...

    @property
    def positions(self) -> tuple[str, ...]: ...

    @property
    def subcells(self) -> int: ...


# A network knows which layout its maps have.
AnyLayout = TypeVar("AnyLayout", bound=Layout, covariant=True)

# Period of orientations in degrees: 360 where a half turn makes a difference.
Period = Literal[180, 360]
# Length unit of the maps in pixels of the network's picture: of molecules (also their usual bond
# length), of pages.
GRAPH_UNIT_PIXELS, PAGE_UNIT_PIXELS = 16.0, 64.0

# The names of an exported network's input and of a dense one's output.
INPUT, OUTPUT = "pictures", "maps"
# The second input of the bond classifier.
FEATURES_INPUT = "measures"

# The logit of a class that was added after a network was trained.
UNSEEN = -20.0


@dataclass(frozen=True, kw_only=True)
class GraphLayout:
    """Channel layout of the graph reader's maps.

    ``subcells``: resolution of the two position maps, in cells per side of a cell of the others.
    The class counts come from the task; a count of 0 leaves a map out.
    """

    subcells: int = 2
    atom_classes: int = 15
    charges: int = 5
    hydrogens: int = 5
    isotopes: int = 8
    bond_kinds: int = 10

    @cached_property
    def slices(self) -> dict[str, slice]:
        """Channel ranges by name; ``bond_pos`` ... ``bond_width`` are the seed's four."""
        fine = self.subcells**2
        sizes = {
            "bond_pos": fine,
            "bond_cos": 1,
            "bond_sin": 1,
            "bond_width": 1,
            "bond_offset": 2,
            "bond_kind": self.bond_kinds,
            "bond_way": 2,
            "atom_pos": fine,
            "atom_offset": 2,
            "atom_class": self.atom_classes,
            "atom_charge": self.charges,
            "atom_hydrogens": self.hydrogens,
            "atom_isotope": self.isotopes,
            "atom_box": 4,
        }
        return _one_after_another(sizes)

    @property
    def channels(self) -> int:
        return max(part.stop for part in self.slices.values())

    @property
    def four(self) -> slice:
        """The channels of pos, cos, sin and width."""
        return slice(0, self.slices["bond_width"].stop)

    @property
    def positions(self) -> tuple[str, ...]:
        return "bond_pos", "atom_pos"


@dataclass(frozen=True, kw_only=True)
class RegionLayout:
    """Channel layout of the molecule detector's maps: center, cosine and sine of the orientation,
    logarithms of width and height, offset to the center, and the share of a cell's foreground that
    belongs to a molecule."""

    subcells: int = 1

    @cached_property
    def slices(self) -> dict[str, slice]:
        """Channel ranges by name, the seed's four first."""
        sizes = dict.fromkeys(("pos", "cos", "sin", "width", "height"), 1)
        return _one_after_another({**sizes, "offset": 2, "ink": 1})

    @property
    def channels(self) -> int:
        return self.slices["ink"].stop

    @property
    def four(self) -> slice:
        """The channels of pos, cos, sin and width."""
        return slice(0, self.slices["width"].stop)

    @property
    def positions(self) -> tuple[str, ...]:
        return ("pos",)


def _one_after_another(sizes: dict[str, int]) -> dict[str, slice]:
    slices, start = {}, 0
    for name, size in sizes.items():
        slices[name] = slice(start, start + size)
        start += size
    return slices

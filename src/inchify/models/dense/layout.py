"""The channels of a dense network come in as one tensor, named maps go out.

The seed system's four maps are pos, cos, sin and width (GG-CNN, Morrison et al. 2018, with a
pyramid network as in PSPNet, Zhao et al. 2017). Two networks have them: one finds molecules on a
page (``RegionLayout``), one reads them (``MapLayout``): a bond's middle, its doubled angle and its
length. Beside them stand what kind of bond it is, which way a directed one runs, and atoms.

Shape letters: B pictures, C channels, H and W cells of the map, N picked cells.
"""

from __future__ import annotations

from dataclasses import Field, dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, Protocol, TypeVar


class Layout(Protocol):
    """What a dense network, its teacher and its losses know of its maps: a dataclass whose
    ``positions`` name the maps of logits that are rarely true, the main one first."""

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

# Whether a turn and the same turn by half a circle are told apart, degrees.
Period = Literal[180, 360]
# Pixels of the network's picture that count as one in the maps: of molecules (also their usual bond
# length), of pages.
GRAPH_UNIT, PAGE_UNIT = 16.0, 64.0

# The names of an exported network's input and of a dense one's output.
INPUT, OUTPUT = "pictures", "maps"
# The second input of the bond classifier.
MEASURES_INPUT = "measures"

# The logit of a class that a network made before the class was added never says.
UNSEEN = -20.0


@dataclass(frozen=True, kw_only=True)
class MapLayout:
    """How many channels each map has.

    ``subcells``: the two position maps have so many cells for each side of a cell of the others.
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
    """The maps that find drawings on a page: where the middle of one is, the cosine and sine of its
    turn, the logarithms of its width and height (the seed's height was half the width, which
    molecules are not), the way to the middle, and whether the ink of a cell is a drawing's."""

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
    found, start = {}, 0
    for name, size in sizes.items():
        found[name] = slice(start, start + size)
        start += size
    return found

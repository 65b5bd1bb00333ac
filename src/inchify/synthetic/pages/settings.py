"""Settings of synthetic pages: shares of layouts and events, sizes."""

from __future__ import annotations

from dataclasses import dataclass, fields

LAYOUTS = ("patent", "table", "journal", "figure", "text")


@dataclass(frozen=True, kw_only=True)
class PageSettings:
    """Shares are 0..1; those of the layouts (``patent`` to ``text``) need not sum to 1.

    ``patent``: one column with structures between; ``table``: structures in cells; ``journal``: two
    columns with schemes; ``figure``: one scheme alone; ``text``: no structure at all. ``part``: the
    share of pages of which only a piece of about ``part_side`` pixels at 200 dots per inch is
    drawn. ``turned``: the share of molecules rotated by any angle; ``quarter``: of pages lying on
    their side or head; ``skewed``: of pages rotated by up to ``max_skew`` degrees.
    ``bond_pixels``: a bond's shortest and longest length at 200 dots per inch. ``rdkit``: the share
    of pages drawn by RDKit, ``mixed``: of pages on which every molecule has its own style;
    ``contracted``: the share of pages on which groups are written as labels.
    """

    dots_per_inch: int = 200
    patent: float = 0.2
    table: float = 0.2
    journal: float = 0.33
    figure: float = 0.15
    text: float = 0.12
    part: float = 0.3
    part_side: int = 900
    turned: float = 0.1
    quarter: float = 0.04
    skewed: float = 0.2
    max_skew: float = 2.0
    bond_pixels: tuple[float, float] = (16.0, 32.0)
    rdkit: float = 0.15
    mixed: float = 0.1
    contracted: float = 0.4
    max_regions: int = 120

    def __post_init__(self) -> None:
        if not 50 <= self.dots_per_inch <= 600:
            raise ValueError(
                f"'dots_per_inch' is {self.dots_per_inch}; it must be between 50 and 600"
            )
        for field in fields(self):
            value = getattr(self, field.name)
            if field.type == "float" and field.name != "max_skew" and not 0 <= value <= 1:
                raise ValueError(f"{field.name!r} is {value}; it must be between 0 and 1")
        if not sum(self.layout_shares) > 0:
            raise ValueError(
                f"the shares of the layouts are {self.layout_shares}; at least one must be above 0"
            )
        if not 0 <= self.max_skew <= 10:
            raise ValueError(f"'max_skew' is {self.max_skew}; it must be between 0 and 10 degrees")
        if not 400 <= self.part_side <= 4000:
            raise ValueError(f"'part_side' is {self.part_side}; it must be between 400 and 4000")
        if not 4 <= self.bond_pixels[0] <= self.bond_pixels[1] <= 100:
            raise ValueError(
                f"'bond_pixels' is {self.bond_pixels}; its two numbers must be between 4 and 100, "
                "the smaller first"
            )
        if not 1 <= self.max_regions <= 250:
            raise ValueError(f"'max_regions' is {self.max_regions}; it must be between 1 and 250")

    @property
    def layout_shares(self) -> tuple[float, ...]:
        return tuple(getattr(self, name) for name in LAYOUTS)

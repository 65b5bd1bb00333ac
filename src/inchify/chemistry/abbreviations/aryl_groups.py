"""Phenyl groups with named positions (4-MeOC6H4, C6H4-p-Cl, 3,5-Me2C6H3, 2-BrPh) as SMILES."""

from __future__ import annotations

import re
from collections.abc import Callable

_POSITIONS = {"o": ("2",), "m": ("3",), "p": ("4",)}
_WHERE = r"(?P<where>[2-6](?:,[2-6])*|[omp])"
_COUNT = r"(?P<count>[2-5])?"
_RING = r"(?:C6H[1-4]|Ph|H[1-4]C6)"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"{_WHERE}-?(?P<many>di|tri|bis)?-?(?P<group>\(.+\)|.+?){_COUNT}{_RING}",
        rf"C6H4-?\(?{_WHERE}-(?P<group>.+?)\)?",
        rf"C6H4-?(?P<group>.+?)-{_WHERE}",
        rf"{_WHERE}-C6H4-?(?P<group>.+)",
    )
)
_INSIDE = tuple(
    re.compile(form)
    for form in (
        r"(?P<head>[A-Z(].*?)(?P<aryl>C6H4(?:-[2-6omp]-.+|.+-[omp]))(?P<tail>)",
        rf"(?P<head>[A-Z(].*?)(?:-\(?|\()(?P<aryl>{_WHERE}-.+?{_RING})\)?(?P<tail>)",
        rf"(?P<head>)(?P<aryl>{_WHERE}-?.+?{_RING})(?P<tail>.+)",
    )
)
Reader = Callable[[str, str], str | None]


def aryl_smiles(text: str, read: Reader) -> str | None:
    """The SMILES of a phenyl group with numbered substituents, or None.

    Args:
        text: a label in plain characters.
        read: returns the SMILES ``[*:1]...`` of a substituent's text for a bond from the given
            side.

    Returns:
        SMILES with ``[*:1]`` at position 1.
    """
    for number, form in enumerate(_FORMS):
        match = form.fullmatch(text)
        if match is None:
            continue
        fields = match.groupdict()
        where = _POSITIONS.get(fields["where"]) or tuple(fields["where"].split(","))
        written = {"di": 2, "bis": 2, "tri": 3}.get(fields.get("many") or "", 0)
        count = int(fields.get("count") or written or 1)
        group = re.sub(r"^\((.+)\)$", r"\1", fields["group"])
        side = "right" if number == 0 else "left"
        # Me2 is two methyl groups, NMe2 with one position is one group
        if len(where) == 1 and count > 1:
            group, count = f"{group}{count}", 1
        part = read(group, side) if count == len(where) else None
        if part is not None and part.startswith("[*:1]"):
            return _benzene(where, part.removeprefix("[*:1]"))
    return None


def aryl_inside(text: str, placeholder: str) -> tuple[str, str] | None:
    """Find a phenyl group with named positions at an end of a longer label.

    Args:
        text: The label in plain characters, such as ``4-ClC6H4CH2``.
        placeholder: Text that replaces the group.

    Returns:
        The group and the label with the placeholder (``4-ClC6H4``, ``RdCH2``); None where there is
        no such group.
    """
    for form in _INSIDE:
        match = form.fullmatch(text)
        if match is not None:
            return match["aryl"], f"{match['head']}{placeholder}{match['tail']}"
    return None


def _benzene(where: tuple[str, ...], part: str) -> str:
    """The ring closure numbers start at 90, which no substituent uses."""
    atoms = [f"c({part})" if str(place) in where else "c" for place in range(2, 7)]
    atoms[-1] = atoms[-1].replace("c", "c%90", 1)
    return f"[*:1]c%90{''.join(atoms)}"

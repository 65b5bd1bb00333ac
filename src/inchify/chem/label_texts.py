"""A generator of numbers comes in, the text of a label as it stands in drawings goes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from inchify.chem.label_table import entries, words

# All signs of labels; subscripts and superscripts are flattened to the line.
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-=#≡()[].,:;'*/αβγδ"
_ATOMS = words("N N N N O O O O S S P F F Cl Cl Cl Br Br I H C C B Si Se Sn Na K Li D T")
_RARE_ATOMS = words(
    "As Ge Te Pb Sb Bi Mg Zn Cu Fe Co Ni Pd Pt Ru Rh Ir Au Ag Hg Al Ca Ba Cs Rb Ti Zr Mn Cr Mo W V "
    "Ga In Tl Cd Os Re Be Sr U He Ar Xe Kr Ne"
)
_HYDRIDES = words(
    "NH NH NH NH2 NH2 NH2 HN HN H2N H2N OH OH OH OH HO HO HO SH HS CH3 CH3 H3C H3C CH2 CH2 H2C CH "
    "HC NH3 PH2 PH H2P BH SiH3 SiH SeH H3N"
)
_CHARGED = words(
    "NH3+ H3N+ +H3N N+ N+ N+ NH+ HN+ +HN NH2+ H2N+ O- O- O- -O S- -S N- P+ S+ O+ B- C- CH2- Cl- "
    "Br- I- Na+ K+ Li+ HO- OH- Mg2+ Ca2+ Zn2+ Fe3+ Cu2+ O2- SO42- N-2 Fe2+ +N -N NMe3+ CO2- COO-"
)
_ISOTOPES = words(
    "13C 13CH3 13CH2 13CO 14C 11C 11CH3 15N 15NH2 15NH D CD3 D3C CD2 OD ND2 ND 18F 18O 125I 131I "
    "123I H313C 14CH3 2H 3H 35S 32P DO D2N OCD3 CDO 13CN"
)
_R_HEADS = words("R R R R R R Ar Ar X X X Y Z Q L G W A E M Hal Alk Het R R Aryl Alkyl")
_TAILS = words(
    "OH OMe OCH3 OEt NH2 NMe2 CO2H COOH CO2Me CO2Et CN Cl Br F I CF3 Ph CH3 OAc NHBoc OTBS SH SMe "
    "NHAc OBn N3 NO2 CONH2 CHO OTs SiMe3 OPh COCH3 SO2Me NEt2 tBu"
)
_HEADS = words(
    "HO MeO H3CO EtO H2N Me2N HO2C HOOC MeO2C EtO2C NC Cl Br F I F3C Ph H3C CH3 AcO BocHN BocNH "
    "TBSO HS AcHN BnO N3 O2N H2NOC TsO Me3Si PhO"
)
_SIGNS = words("C H H O N S F ( ) 1 2 2 3 3 4 5 6 Cl Br Si P I Me Et Ph + - B R 7 8 9 0 = l i")


def random_label(generator: np.random.Generator) -> str:
    """One label: from the table, an atom, an R group, a formula, or now and then any signs."""
    draw = generator.random()
    for limit, write in _KINDS:
        if draw < limit:
            return write(generator)
    return _KINDS[-1][1](generator)


def _one(generator: np.random.Generator, texts: Sequence[str]) -> str:
    return texts[int(generator.integers(len(texts)))]


@lru_cache(maxsize=1)
def _table() -> tuple[tuple[tuple[str, ...], ...], np.ndarray]:
    """Texts of every column of the table with the sum of weights up to it."""
    columns, weights = [], []
    for entry in entries():
        for texts in dict.fromkeys((entry.left, entry.right)):
            kept = tuple(text for text in texts if set(text) <= set(ALPHABET))
            if kept:
                columns.append(kept)
                weights.append(1.0 + entry.weight**0.5)
    return tuple(columns), np.cumsum(weights) / sum(weights)


def _from_table(generator: np.random.Generator) -> str:
    columns, sums = _table()
    texts = columns[min(int(np.searchsorted(sums, generator.random())), len(columns) - 1)]
    # the first text is the most usual
    return texts[0] if generator.random() < 0.3 else _one(generator, texts)


def _atom(generator: np.random.Generator) -> str:
    return _one(generator, (_ATOMS, _ATOMS, _RARE_ATOMS)[int(generator.integers(3))])


def _hydride(generator: np.random.Generator) -> str:
    return _one(generator, _HYDRIDES)


def _charged(generator: np.random.Generator) -> str:
    return _one(generator, _CHARGED)


def _isotope(generator: np.random.Generator) -> str:
    return _one(generator, _ISOTOPES)


def _r_group(generator: np.random.Generator) -> str:
    head = _one(generator, _R_HEADS)
    draw = generator.random()
    if draw < 0.4:
        head += str(int(generator.integers(1, 10 if draw < 0.35 else 30)))
    elif draw < 0.55:
        head += _one(generator, ("'", "'", "''", "'''", "*"))
    elif draw < 0.65 and head == "R":
        head += _one(generator, list("abcdefgxyz"))
    if generator.random() < 0.25:
        before = ["O", "N", "CO2", "NH", "S", "CO", "SO2", "(", "CH2", "Si", "P(O)", "N(", "CONH"]
        start = _one(generator, before)
        head = f"{start}{head}{')' if start.endswith('(') else ''}"
    elif generator.random() < 0.2:
        head += _one(generator, ["O", "N", "HN", "O2C", "S", "OC", "CO", "3Si", "2N", "1N"])
    return head


def _formula(generator: np.random.Generator) -> str:
    """A chain with an end; about half of them written towards a bond on the right."""
    links = ["CH2", "CH2", "CH2CH2", f"(CH2){int(generator.integers(2, 19))}", "O", "CO", "NH"]
    links += ["CH2O", "CO2", "CONH", "CH=CH", "OCH2", "SO2", "CF2", "C(CH3)2", "CHOH", "S", "NHCO"]
    links += ["C6H4", "CH(CH3)", "CH", "OCH2CH2"]
    chain = [_one(generator, links) for _ in range(int(generator.choice(3, p=[0.6, 0.3, 0.1])) + 1)]
    if generator.random() < 0.25:
        number = int(generator.integers(2, 19))
        return _one(generator, [f"C{number}H{2 * number + 1}", f"H{2 * number + 1}C{number}"])
    if generator.random() < 0.55:
        return "".join(chain) + _one(generator, _TAILS)
    back = {"CH2": "H2C", "CO2": "O2C", "NH": "HN", "CH2CH2": "H2CH2C", "CH2O": "OH2C"}
    style = generator.random() < 0.5
    return _one(generator, _HEADS) + "".join(back.get(c, c) if style else c for c in chain)


def _branched(generator: np.random.Generator) -> str:
    """A centre with equal groups in parentheses, from either side."""
    group = _one(generator, (*_TAILS, "CH3", "CH3", "C2H5", "CH2CH3", "C6H5", "iPr", "tBu"))
    number = _one(generator, ["2", "2", "3", ""])
    center = _one(generator, ["N", "C", "CH", "Si", "P", "B", "PO", "P(O)", "SiMe", "CON", "Sn"])
    if generator.random() < 0.6:
        return f"{center}({group}){number}"
    return f"({_one(generator, _HEADS)}){number}{center}"


def _anything(generator: np.random.Generator) -> str:
    length = int(generator.integers(1, 9))
    return "".join(_one(generator, ALPHABET) for _ in range(length))


def _letters(generator: np.random.Generator) -> str:
    """Letters and digits as in formulas, but without their sense."""
    return "".join(_one(generator, _SIGNS) for _ in range(int(generator.integers(2, 9))))


_KINDS: tuple[tuple[float, Callable[[np.random.Generator], str]], ...] = (
    (0.42, _from_table),
    (0.48, _atom),
    (0.56, _hydride),
    (0.62, _charged),
    (0.65, _isotope),
    (0.74, _r_group),
    (0.88, _formula),
    (0.945, _branched),
    (0.985, _letters),
    (1.00, _anything),
)

"""Random superatom labels as they are written in drawings."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from inchify.chemistry.abbreviations.formula_tokens import ELEMENTS, ISOTOPES
from inchify.chemistry.abbreviations.table import entries, words

# All characters of labels; subscripts and superscripts are flattened to the line.
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
# Letters by themselves, those that are mistaken for one another among them several times.
_SINGLE_LETTERS = words(
    "N N N O O O S S S C C T T D D I I P F F H B K U V W Y X R L Q Z A E M G J Cl Cl Cl Br Br Si Li"
)
# How often an element outside the usual ones is written with each of these around it.
_ELEMENT_ENDINGS = words("H H2 H3 Me3 Bu3 Ph2 Ph3 Cl Cl2 Cl3 Br OH + 2+ 3+ - (OH)2 Et3 Me2 (OMe)3")
_ISOTOPE_ENDINGS = words("H2 H3 H N O O2H OOH HO F OH H2OH C H2R")
_DEUTERATED = words(
    "CD3 D3C OCD3 D3CO CD2 D2C CHD2 D2HC CH2D DH2C ND2 D2N ND DN OD DO SD N(CD3)2 (CD3)2N SCD3 "
    "NHCD3 D3CHN C6D5 D5C6 CD3CD2 C2D5 CD2CD3 CO2D NCD3 CD2OH CDO COCD3 CD CT3 CH2T OT T3C D+ ND3+ "
    "CD2H CDH CDH2 CD(CD3)2 B(OD)2 C(CD3)3"
)
_LABELLED = words(
    "H13C H213C H313C 13COOH 13CO2H HO213C 14CO2H 15NH2 H215N 15NO2 15NH3+ 15N+ H18O 18OH 17O 18O- "
    "11CH3 H311C 13C6H5 13CH3O 13C15N 35S 33S 34S 32P 33P 31P 36Cl 37Cl 35Cl 76Br 77Br 79Br 81Br "
    "82Br 10B 11B 29Si 64Cu 68Ga 89Zr 99mTc 111In 177Lu 77Se 195Pt 119Sn 123I 124I 125I 131I 211At "
    "[18F] [11C] [125I] [131I] 1H 2H 3H 6Li 7Li 13CD3 D313C"
)
_OPEN_ENDS = words(
    "LG LG LG PG PG PG EWG EWG OR2 OR2 NR2 NR2 X X Ar Ar OPG Nu Polymer OR1 NHR R R R "
    "R R R1 R2 R3 R4 R' R'' X Y Z Ar Ar1 Ar2 Ar' Ar'' X1 X2 OR OR1 OR2 OR' RO R1O R2O SR RS NR2 "
    "R2N NR1R2 R1R2N NR'R'' NHR RHN NHR1 R1HN N(R)2 SiR3 R3Si PR2 R2P PR3 CO2R RO2C COR ROC CONHR "
    "SO2R RO2S CF2R CH2R RH2C LG PG GP EWG EDG FG Nu Nu- E+ OPG PGO NHPG PGHN OLG Het HetAr Hal "
    "Alk Alkyl Aryl Rf RF Ra Rb Rc Rn R1a R2b Q L L1 M A B1 PS PEG Polymer polymer Resin resin "
    "Wang Rink linker Linker Base base Sugar Aux BLA Xc Xaa AA AA1 Peptide Protein Dye Biotin "
    "biotin OX NX2 CX3 X3C (R)n (X)n Rn Xn (R1)n R1-4 Y1 W1 Z1 G1 E1 T1 V1 U1 D1 J1"
)
_LONG_LABELS = words(
    "t-BuO2C tBuO2C CO2t-Bu CO2tBu BuO2C EtO2CH2C Ph2P PPh2 Ph2PO P(O)Ph2 Ph2(O)P PPh3+ +PPh3 Ph3P "
    "Cy2P PCy2 t-Bu2P TolO2S SO2Tol p-TolO2S SO2p-Tol TsHN NHTs TsN NTs TfO OTf Tf2N NTf2 NHTf "
    "TfHN MsO OMs NsHN PhO2S SO2Ph MeO2S SO2Me H3CO2S SO2CH3 SO2NH2 H2NO2S SO2NHMe SO2NMe2 Me2NO2S "
    "CO2CH2CH3 CH3CH2O2C H3CH2CO2C CO2CH3 H3CO2C CH3O2C COOCH3 COOCH2CH3 COOEt CH3OOC HOOC OTBDPS "
    "TBDPSO OTIPS TIPSO OTBDMS TBDMSO Si(iPr)3 (i-Pr)3Si Si(i-Pr)3 OSiMe2tBu SiMe2t-Bu t-BuMe2SiO "
    "OSiPh2tBu B(OH)2 (HO)2B Bpin pinB B(pin) BF3K BF3- KF3B SnBu3 Bu3Sn SnMe3 Me3Sn MgBr BrMg "
    "ZnCl ZnBr HgCl CdCl PO3H2 H2O3P P(O)(OEt)2 (EtO)2(O)P PO(OEt)2 (EtO)2OP OPO3H2 OPO32- SO3H "
    "HO3S SO3- SO3Na NaO3S OSO3H CO2Na NaO2C CO2K CO2Li ONa NaO OK KO OLi LiO NHCO2tBu NHCOCF3 "
    "F3COCHN CF3CO2 OCOCF3 OCF3 F3CO SCF3 F3CS SO2CF3 F3CO2S CHF2 F2HC OCHF2 F2HCO C2F5 C6F5 F5C6 "
    "CH2CO2Et CH2CO2H HO2CH2C CH2CH2OH HOH2CH2C HOCH2 CH2OMe MeOH2C CH2OBn BnOH2C CH2NH2 H2NH2C "
    "CH2NMe2 Me2NH2C CH2CN NCH2C CH2Br BrH2C CH2Cl ClH2C CCl3 Cl3C CBr3 CI3 N(CH3)2 (H3C)2N "
    "N(C2H5)2 (C2H5)2N N(CH2CH3)2 NMe3+ +NMe3 N(iPr)2 (i-Pr)2N N2+ +N2 N3 N=N NCO OCN NCS SCN SeCN "
    "NOH HON NOMe NNH2 NHNH2 H2NHN NHOH HOHN NHCHO OHCHN OHC CHO CHOH CONMe2 Me2NOC CONHMe MeHNOC "
    "CONHNH2 CONHOH HOHNOC C(O)NH2 C(O)CH3 C(O)OH C(CF3)3 C(OH)(CF3)2 C(NH)NH2 TeMe SePh PhSe SeMe "
    "AsH2 AsPh2 AsO3H2 GeMe3 Me3Ge GeH3 PbEt3 SbPh2 BiPh2 AlEt2 TiCl3 PdCl PtCl2 AuCl CuCl CuLi "
    "HgOAc HgBr FeCp IrCp* Cp Cp* PdLn Ln ICl2 IPh PhI I(OAc)2 (AcO)2I IO2 IO3 SF5 F5S SF3 ClO4 "
    "OBoc BocO NBoc BocN NCbz CbzHN NHFmoc FmocHN NHAlloc OTHP THPO OMOM MOMO OPMB PMBO ODMTr "
    "DMTrO OTr TrO OPiv PivO OBz BzO OLev NBn BnN NMe MeN NEt EtN NPh PhN NAc AcN NH4+ NH4"
)
_IONS_AND_SOLVENTS = words(
    "HCl HCl HCl HCl HBr HBr HI HF TFA TFA CF3CO2H CF3COOH H2O H2O H2O H2SO4 HNO3 H3PO4 HClO4 TsOH "
    "MsOH AcOH HCO2H HCOOH CH3CO2H CH3COOH NH3 MeOH EtOH CH3OH CH3SO3H MeSO3H HBF4 HPF6 Na K Li Cl "
    "Br I DMSO DMF THF CH2Cl2 CHCl3 Et2O PhMe HOAc CO2 SO2 N2 O2 H2 Cl2 Br2 I2 CS2 HCN H2S ClH BrH"
)
_IONS = words(
    "Cl- Br- I- F- Na+ K+ Li+ NH4+ BF4- PF6- SbF6- AsF6- ClO4- NO3- HSO4- SO42- H2PO4- PO43- HCO3- "
    "OTf- TfO- OTs- TsO- MsO- OAc- AcO- CF3CO2- CH3CO2- CF3SO3- I3- Br3- BPh4- BArF- CN- N3- OH- "
    "SCN- Ca2+ Mg2+ Zn2+ Cu2+ Cu+ Fe2+ Fe3+ Ag+ Cs+ Rb+ Ba2+ Pd2+ Pt2+ Ru2+ Al3+ Co2+ Co3+ Ni2+"
)
_RADICALS = words("O. .O N. C. CH2. .CH2 .CH3 CH. S. NO. .OH O2. Cl. Br. .NH P. Si. H.")
_SIGNS = words("C H H O N S F ( ) 1 2 2 3 3 4 5 6 Cl Br Si P I Me Et Ph + - B R 7 8 9 0 = l i")


def random_atom_label(generator: np.random.Generator) -> str:
    """Draw a random label as atoms and groups of drawings have it.

    It is from the table, an atom, an isotope, an R group or another open end, a chain, a formula,
    an ion or solvent with its count, or occasionally random characters.

    Args:
        generator: Source of random choices.

    Returns:
        The text of the label.
    """
    draw = generator.random()
    for limit, write in _KINDS:
        if draw < limit:
            return write(generator)
    return _KINDS[-1][1](generator)


@lru_cache(maxsize=1)
def _counted() -> re.Pattern[str]:
    kinds = "|".join(map(re.escape, sorted(set(_IONS_AND_SOLVENTS))))
    return re.compile(rf"\.?([1-9]|[1-9]?\.5|1/2|[xn])(?:{kinds})")


def count_of_species(text: str) -> str:
    """Find the number before an ion or a solvent that stands beside a molecule.

    Args:
        text: A label, such as ``2HCl``.

    Returns:
        The number as written (``2``, ``1/2``, ``x``); "" for any other label.
    """
    match = _counted().fullmatch(text)
    return match[1] if match else ""


def _pick(generator: np.random.Generator, texts: Sequence[str]) -> str:
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
    return texts[0] if generator.random() < 0.3 else _pick(generator, texts)


def _atom(generator: np.random.Generator) -> str:
    return _pick(generator, (_ATOMS, _ATOMS, _RARE_ATOMS)[int(generator.integers(3))])


def _hydride(generator: np.random.Generator) -> str:
    return _pick(generator, _HYDRIDES)


def _charged(generator: np.random.Generator) -> str:
    return _pick(generator, _CHARGED)


def _isotope(generator: np.random.Generator) -> str:
    """A nuclide by itself or with what follows it, or a group with deuterium or a label."""
    draw = generator.random()
    if draw < 0.25:
        return _pick(generator, _ISOTOPES)
    if draw < 0.55:
        return _pick(generator, _DEUTERATED)
    if draw < 0.75:
        return _pick(generator, _LABELLED)
    symbol = _pick(generator, tuple(ISOTOPES))
    nuclide = f"{_pick(generator, tuple(map(str, ISOTOPES[symbol])))}{symbol}"
    return nuclide + (_pick(generator, _ISOTOPE_ENDINGS) if symbol in "CN" and draw < 0.9 else "")


def _single_letter(generator: np.random.Generator) -> str:
    return _pick(generator, _SINGLE_LETTERS)


def _element(generator: np.random.Generator) -> str:
    """An element of any kind, half of the time with hydrogens, groups or a charge."""
    symbol = _pick(generator, _elements())
    return symbol + (_pick(generator, _ELEMENT_ENDINGS) if generator.random() < 0.5 else "")


@lru_cache(maxsize=1)
def _elements() -> tuple[str, ...]:
    return tuple(sorted(ELEMENTS | set(_RARE_ATOMS)))


def _open_end(generator: np.random.Generator) -> str:
    return _pick(generator, _OPEN_ENDS)


def _long_label(generator: np.random.Generator) -> str:
    return _pick(generator, _LONG_LABELS)


def _chain(generator: np.random.Generator) -> str:
    """Written carbons, runs of them and repeat groups with numbers or letters."""
    count = str(int(generator.integers(2, 23))) if generator.random() < 0.8 else ""
    count = count or _pick(generator, words("n n m p q x y n-1 n+1"))
    unit = _pick(generator, words("CH2 CH2 CH2 CH2 CH2 CF2 OCH2CH2 CH2CH2O CH=CH CHOH C≡C H2C C"))
    repeat = f"({unit}){count}" if generator.random() < 0.9 else f"[{unit}]{count}"
    draw = generator.random()
    if draw < 0.3:
        return repeat
    if draw < 0.5:
        return _pick(generator, words("CH3 H3C HO NC Br HO2C H2N HOCH2 Ph MeO CH2=CH")) + repeat
    if draw < 0.7:
        return repeat + _pick(generator, words("CH3 CH3 OH CN Br CO2H NH2 CH=CH2 CO2Me SiMe3 N3"))
    if draw < 0.8:
        return _pick(generator, words("C H CH CH2 CH3 HC H2C H3C CH CH2 C C H H"))
    number = int(generator.integers(2, 23))
    return _pick(
        generator,
        [
            f"C{number}H{2 * number + 1}",
            f"H{2 * number + 1}C{number}",
            f"n-C{number}H{2 * number + 1}",
            f"C{number}F{2 * number + 1}",
            "CH3" + "CH2" * (number % 5 + 1),
            "CH2" * (number % 4 + 1) + _pick(generator, ["CH3", "OH", ""]),
            "H3C" + "H2C" * (number % 3 + 1),
            "CH=CH" + _pick(generator, ["", "CH3", "CO2H", "Ph", "CH=CH"]),
        ],
    )


def _beside(generator: np.random.Generator) -> str:
    """An ion or a solvent beside a molecule, with its count or a dot before it, or a radical."""
    draw = generator.random()
    if draw < 0.25:
        return _pick(generator, _IONS)
    if draw < 0.4:
        return _pick(generator, _RADICALS)
    text = _pick(generator, _IONS_AND_SOLVENTS)
    if draw < 0.7:
        text = _pick(generator, words("2 2 2 3 3 4 5 6 x n 1/2 0.5 1.5")) + text
    return "." * (draw > 0.9 or 0.6 < draw < 0.65) + text


def _r_group(generator: np.random.Generator) -> str:
    head = _pick(generator, _R_HEADS)
    draw = generator.random()
    if draw < 0.4:
        head += str(int(generator.integers(1, 10 if draw < 0.35 else 30)))
    elif draw < 0.55:
        head += _pick(generator, ("'", "'", "''", "'''", "*"))
    elif draw < 0.65 and head == "R":
        head += _pick(generator, list("abcdefgxyz"))
    if generator.random() < 0.25:
        before = ["O", "N", "CO2", "NH", "S", "CO", "SO2", "(", "CH2", "Si", "P(O)", "N(", "CONH"]
        start = _pick(generator, before)
        head = f"{start}{head}{')' if start.endswith('(') else ''}"
    elif generator.random() < 0.2:
        head += _pick(generator, ["O", "N", "HN", "O2C", "S", "OC", "CO", "3Si", "2N", "1N"])
    return head


def _formula(generator: np.random.Generator) -> str:
    """A chain with an end; about half of them written towards a bond on the right."""
    links = ["CH2", "CH2", "CH2CH2", f"(CH2){int(generator.integers(2, 19))}", "O", "CO", "NH"]
    links += ["CH2O", "CO2", "CONH", "CH=CH", "OCH2", "SO2", "CF2", "C(CH3)2", "CHOH", "S", "NHCO"]
    links += ["C6H4", "CH(CH3)", "CH", "OCH2CH2"]
    chain = [
        _pick(generator, links) for _ in range(int(generator.choice(3, p=[0.6, 0.3, 0.1])) + 1)
    ]
    if generator.random() < 0.25:
        number = int(generator.integers(2, 19))
        return _pick(generator, [f"C{number}H{2 * number + 1}", f"H{2 * number + 1}C{number}"])
    if generator.random() < 0.55:
        return "".join(chain) + _pick(generator, _TAILS)
    back = {"CH2": "H2C", "CO2": "O2C", "NH": "HN", "CH2CH2": "H2CH2C", "CH2O": "OH2C"}
    style = generator.random() < 0.5
    return _pick(generator, _HEADS) + "".join(back.get(c, c) if style else c for c in chain)


def _branched(generator: np.random.Generator) -> str:
    """A center with equal groups in parentheses, from either side."""
    group = _pick(generator, (*_TAILS, "CH3", "CH3", "C2H5", "CH2CH3", "C6H5", "iPr", "tBu"))
    number = _pick(generator, ["2", "2", "3", ""])
    center = _pick(generator, ["N", "C", "CH", "Si", "P", "B", "PO", "P(O)", "SiMe", "CON", "Sn"])
    if generator.random() < 0.6:
        return f"{center}({group}){number}"
    return f"({_pick(generator, _HEADS)}){number}{center}"


def _anything(generator: np.random.Generator) -> str:
    length = int(generator.integers(1, 9))
    return "".join(_pick(generator, ALPHABET) for _ in range(length))


def _letters(generator: np.random.Generator) -> str:
    """Letters and digits as in formulas, but without meaning."""
    return "".join(_pick(generator, _SIGNS) for _ in range(int(generator.integers(2, 9))))


_KINDS: tuple[tuple[float, Callable[[np.random.Generator], str]], ...] = (
    (0.28, _from_table),
    (0.32, _atom),
    (0.38, _single_letter),
    (0.42, _element),
    (0.48, _hydride),
    (0.52, _charged),
    (0.58, _isotope),
    (0.64, _r_group),
    (0.68, _open_end),
    (0.74, _long_label),
    (0.79, _chain),
    (0.83, _beside),
    (0.905, _formula),
    (0.945, _branched),
    (0.985, _letters),
    (1.00, _anything),
)

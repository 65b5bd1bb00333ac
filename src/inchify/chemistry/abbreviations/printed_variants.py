"""Random superatom labels in the spellings of patents and journals: carbons written out in chains,
groups from either end, counts of ions, words beside a drawing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType

import numpy as np

from inchify.chemistry.abbreviations.table import words

# Texts from left to right, and the same when the bond comes from the right.
Pair = tuple[str, str]


def _pairs(text: str) -> tuple[Pair, ...]:
    """``A|B`` is written A towards the right and B towards the left, ``A`` alike in both."""
    parts = (word.partition("|") for word in words(text))
    return tuple((left, right or left) for left, _, right in parts)


_SYMBOLS = words("N N N N O O O O S S F Cl Br I C C P H H Si B Se D Na K")
_HYDRIDES = words("NH NH HN HN NH2 H2N OH OH HO HO SH HS N-H H-N NH+ PH SiH BH H2 H3")
_CARBONS = words("CH CH HC CH2 CH2 H2C H2C CH3 CH3 H3C H3C C C CH- CH+ CH2- Me Et Pr Bu Ph")
# Parts of a chain that have a bond at either end.
_LINKS = _pairs(
    "CH2|H2C CH2|H2C CH2|H2C CH2|H2C CH2CH2|H2CH2C CH2CH2CH2|H2CH2CH2C CH|HC CH|HC C N O O O S "
    "NH|HN NH|HN CO|OC CO|OC CO2|O2C COO|OOC OCO SO|OS SO2|O2S CONH|HNOC NHCO|OCHN SO2NH|HNO2S "
    "NHSO2|O2SHN OCH2|H2CO CH2O|OH2C CH2NH|HNH2C NHCH2|H2CHN CH2S|SH2C SCH2|H2CS CH=CH|HC=HC "
    "CH=CH|CH=CH C≡C CH=N|N=HC N=CH|HC=N N=N C=C C=N C=O|O=C CHOH|HOHC CH(OH)|(HO)HC "
    "CH(CH3)|(H3C)HC CH(CH3)|(CH3)CH C(CH3)2|(CH3)2C C(CH3)2|(H3C)2C N(CH3)|(CH3)N N(CH3)|(H3C)N "
    "N(C2H5)|(C2H5)N NCH3|H3CN NMe|MeN CF2|F2C CCl2|Cl2C CHF|FHC C(O)|(O)C C(=O)|(O=)C C6H4 "
    "Si(CH3)2|(CH3)2Si P(O)|(O)P POOH|HOOP NHNH|HNHN NHCONH OCONH|HNOCO OCOO S-S CS|SC NHCSNH "
    "CH(COOH)|(HOOC)HC CH(NH2)|(H2N)HC CH(CN)|(NC)HC CHCl|ClHC C(OH)|(HO)C CD2|D2C CHCH3 CHMe"
)
# Parts that end a chain.
_ENDS = _pairs(
    "CH3|H3C CH3|H3C CH3|CH3 CH3|CH3 OH|HO OH|HO NH2|H2N NH2|H2N OCH3|H3CO OCH3|CH3O OMe|MeO "
    "CH2CH3|H3CH2C CH2CH3|CH3CH2 C2H5|H5C2 C2H5|C2H5 OC2H5|H5C2O OC2H5|C2H5O OCH2CH3|CH3CH2O "
    "COOH|HOOC CO2H|HO2C CO2H|HOOC COOCH3|H3COOC COOCH3|CH3OOC CO2CH3|H3CO2C CO2CH3|CH3O2C "
    "COOCH2CH3|CH3CH2OOC CO2CH2CH3|H3CH2CO2C COOC2H5|C2H5OOC CO2C2H5|H5C2O2C CN|NC Cl Br I F "
    "N(CH3)2|(H3C)2N N(CH3)2|(CH3)2N N(C2H5)2|(C2H5)2N N(CH2CH3)2|(CH3CH2)2N NHCH3|H3CHN "
    "NHCH3|CH3NH CH(CH3)2|(H3C)2HC CH(CH3)2|(CH3)2CH C(CH3)3|(H3C)3C C(CH3)3|(CH3)3C CF3|F3C "
    "NO2|O2N C6H5|H5C6 C6H5|C6H5 Ph CH=CH2|H2C=HC CH=CH2|CH2=CH C≡CH|HC≡C C≡N|N≡C SO2NH2|H2NO2S "
    "SO2NH2|H2NSO2 SO3H|HO3S SO3H|HSO3 SO2CH3|H3CO2S SO2CH3|CH3SO2 CONH2|H2NOC CONH2|H2NCO "
    "CONHCH3|H3CHNOC COCH3|H3COC COCH3|CH3CO SCH3|H3CS SCH3|CH3S CHO|OHC SH|HS CH2OH|HOH2C "
    "CH2OH|HOCH2 OCOCH3|H3COCO OCOCH3|CH3COO OAc|AcO NHCOCH3|H3COCHN NHCOCH3|CH3CONH NHOH|HOHN "
    "OCF3|F3CO SCF3|F3CS CHF2|F2HC OCHF2|F2HCO CH2F|FH2C CH2Cl|ClH2C CH2Cl|ClCH2 CCl3|Cl3C "
    "N3 NCO|OCN NCS|SCN NHNH2|H2NHN OCH(CH3)2|(CH3)2CHO OCH(CH3)2|(H3C)2HCO OC(CH3)3|(CH3)3CO "
    "NHSO2CH3|CH3SO2NH NHSO2CH3|H3CO2SHN COCl|ClOC SO2Cl|ClO2S PO3H2|H2O3P COONa|NaOOC ONa|NaO "
    "SO3Na|NaO3S CO2Na|NaO2C COO-|-OOC SO3-|-O3S NH3+|+H3N N(CH3)3+|+(CH3)3N Si(CH3)3|(CH3)3Si "
    "OSi(CH3)3|(CH3)3SiO B(OH)2|(HO)2B PO(OC2H5)2|(C2H5O)2OP CH(OCH3)2|(CH3O)2HC CH(CN)2|(NC)2HC "
    "C6H13|H13C6 C4H9|H9C4 C3H7|H7C3 n-C4H9 t-C4H9 i-C3H7 t-Bu i-Pr n-Bu CH=NOH|HON=HC NHR|RHN "
    "OR|RO"
)
# Groups that hang several times on one atom, and that atom.
_GROUPS = words(
    "CH3 CH3 CH3 C2H5 C2H5 CH2CH3 CH2CH3 C3H7 C4H9 CH(CH3)2 C6H5 Ph Me Et CF3 OH OCH3 OC2H5 OEt CN "
    "CH2CH2OH CH2CH2Cl CH2OH CH2CH2CH3 n-Bu i-Pr COOH COCH3 CO2CH3 CO2Et CH2C6H5 CH2Ph CD3 H2C CH2"
)
_CENTERS = words("N N N N CH C P Si CON SO2N CH2N NHCH OCH CHCH2 NCH2CH2 CHO CHNH CHCH2CH2 B P(O)")
_COUNTS = words("2 2 2 2 3 3 4 5 6 x x n 1/2 0.5 1.5 1 10")
_SPECIES = words(
    "HCl HCl HCl HBr HI Na Na K Cl Br I TFA CF3CO2H CF3COOH CF3COO- H2O H2O H2SO4 HNO3 H3PO4 MsOH "
    "CH3SO3H CH3COOH AcOH HCOOH HCO2H C2H5OH CH3OH NH3 NH4 Na+ K+ Li+ Cl- Br- I- Ca Ca2+ Mg2+ SO4 "
    "C4H4O4 Et3N p-TsOH TsOH BF4- PF6- ClO4- HClO4 CH2Cl2 DMF (COOH)2 HOOC-COOH C4H6O6"
)
_IONS = words(
    "O- O- N+ N+ NH+ NH2+ NH3+ +HN H2N+ H3N+ S- S+ P+ -O -S +N O+ Cl- Br- I- Na+ K+ Li+ COO- CO2- "
    "SO3- N- C- B- I+ Ca2+ Mg2+ Zn2+ Fe2+ Fe3+ Cu2+ Al3+ N(CH3)3+ NMe3+ N2+ BF4- PF6- ClO4- SO42- "
    "OH- HO- NO3- HSO4- H2PO4- CF3SO3- CF3COO- I3-"
)
_WORDS = words(
    "Chiral Chiral Chiral Formula Formula Example Compound Compd. Cpd. Ex. No. Nr. Fig. Scheme "
    "Step Table racemic racemate rac rel cis trans syn anti and or with Mixture mixture Isomer "
    "isomer Enantiomer A B and/or Process Method salt Salt free base mp m.p. MS MW Int. "
    "Intermediate Indicates text missing or illegible when filed (R) (S) (+) (-) (E) (Z) (rac) "
    "abs. erythro [M+H]+ (M+H) (M+1) M+ HPLC NMR n= m= R= X= R1= where Reference Comparative "
    "Polymer Dye SEQ ID yield overall steps eq. equiv heat reflux Pd/C H2 NaH THF DMF Et3N K2CO3 "
    "NaOH LiOH EtOH"
)
_ROMAN = words("I II III IV V VI VII VIII IX X XI XII XIV XV XX Ia Ib Ic IIa IIb IIIa IVb Va")


def random_printed_label(generator: np.random.Generator, kind: str | None = None) -> str:
    """Draw a random label in the spelling of patents and journals.

    Args:
        generator: Source of random choices.
        kind: A key of ``PRINTED_KINDS``; drawn by its share where None.

    Returns:
        The text of the label.
    """
    if kind is None:
        names = tuple(PRINTED_KINDS)
        shares = [share for share, _ in PRINTED_KINDS.values()]
        kind = names[int(generator.choice(len(names), p=shares))]
    return PRINTED_KINDS[kind][1](generator)


def _pick(generator: np.random.Generator, texts: Sequence[str]) -> str:
    return texts[int(generator.integers(len(texts)))]


def _pair(generator: np.random.Generator, pairs: Sequence[Pair]) -> Pair:
    return pairs[int(generator.integers(len(pairs)))]


def _of(texts: Sequence[str]) -> Callable[[np.random.Generator], str]:
    return lambda generator: _pick(generator, texts)


def _links(generator: np.random.Generator) -> list[Pair]:
    count = 1 + int(generator.choice(4, p=(0.35, 0.35, 0.2, 0.1)))
    links = [_pair(generator, _LINKS) for _ in range(count)]
    if generator.random() < 0.15:
        number = int(generator.integers(2, 20))
        links[-1] = (f"(CH2){number}", f"(CH2){number}")
    return links


def _middle(generator: np.random.Generator) -> str:
    """A part of a chain with a bond at either end, in either way of writing."""
    side = int(generator.random() < 0.3)
    return "".join(link[side] for link in _links(generator))


def _chain(generator: np.random.Generator) -> str:
    """A chain with an end: bond at the left (OCH2CH3), at the right with hydrogens in their usual
    place (CH3CH2O), or there with hydrogens first (H3CH2CO)."""
    links, end = _links(generator), _pair(generator, _ENDS)
    draw = generator.random()
    if draw < 0.5:
        return "".join(link for link, _ in links) + end[0]
    side = int(draw > 0.75)
    return end[1] + "".join(link[side] for link in links)


def _group(generator: np.random.Generator) -> str:
    """A group that is usually written in one piece, from either side."""
    return _pair(generator, _ENDS)[int(generator.random() < 0.5)]


def _branched(generator: np.random.Generator) -> str:
    """Equal groups in parentheses at an atom, from either side."""
    group, center = _pick(generator, _GROUPS), _pick(generator, _CENTERS)
    number = _pick(generator, words("2 2 2 3"))
    if generator.random() < 0.5:
        before = _pick(generator, words("CH2 O NH CO SO2 CH2CH2 C(O)")) * (generator.random() < 0.3)
        return f"{before}{center.removesuffix('CH2CH2')}({group}){number}"
    return f"({group}){number}{center}"


def _alkyl(generator: np.random.Generator) -> str:
    """A straight chain as a formula from either side, with n or another letter."""
    carbons = int(generator.integers(2, 23))
    hydrogens = 2 * carbons + 1
    forward, backward = f"C{carbons}H{hydrogens}", f"H{hydrogens}C{carbons}"
    before = _pick(
        generator, ("", "", "", "O", "S", "N", "NH", "CO", "CO2", "OCO", "n-", "n", "t-")
    )
    after = _pick(generator, ("", "", "", "O", "S", "OOC", "HN", "NH", "-n", "(n)", "-t", "(i)"))
    return _pick(generator, (before + forward, forward + after, backward + after.strip("-()nti")))


def _isotope(generator: np.random.Generator) -> str:
    texts = words(
        "D CD3 D3C OCD3 D3CO N(CD3)2 (D3C)2N CD2 D2C CHD2 C2D5 C6D5 D5C6 OD ND2 13C 13CH3 13CH2 "
        "13CO H313C 14C 14CH3 14CO2H 15N 15NH 15NH2 H215N 18O 18F 11C 11CH3 O11CH3 H311CO 3H T 35S "
        "125I 123I 131I 76Br 99mTc 32P CD3O CD2CD3 CD(CD3)2 CDO CO2D CT3 CH2T CD3CH2 NHCD3 CD2OH 2H"
    )
    return _pick(generator, texts)


def _r_group(generator: np.random.Generator) -> str:
    head = _pick(generator, words("R R R R R R R X Y Z Q A Ar Het L W G T E J M"))
    digits = str(int(generator.integers(1, 16))) if generator.random() < 0.65 else ""
    prime = _pick(generator, ("'", "''", "a", "b", "c")) if generator.random() < 0.2 else ""
    name = head + digits + prime
    before = words("O N NH CO CO2 S SO2 CH2 OCH2 C(O) Si CON N( CH( ( COO NHCO")
    after = words("O N HN O2C S OOC CO OC CH2O CH2")
    draw = generator.random()
    if draw < 0.2:
        start = _pick(generator, before)
        return f"{start}{name}{')' * start.count('(')}" + "2" * (draw < 0.04)
    return name + _pick(generator, after) * (draw < 0.3)


def _species(generator: np.random.Generator) -> str:
    """A count and an ion, acid or solvent, perhaps a point before it."""
    count = _pick(generator, _COUNTS) if generator.random() < 0.7 else ""
    return "." * (generator.random() < 0.3) + count + _pick(generator, _SPECIES)


def _number(generator: np.random.Generator) -> str:
    """A compound's number or name, a mass, a Roman number, atoms' numbers."""

    def digits(maximum: int) -> str:
        return str(int(generator.integers(1, maximum)))

    roman, letter = _pick(generator, _ROMAN), _pick(generator, list("abcdefghABCDEFIN"))
    texts = [f"({roman})", f"({roman}-{digits(40)})", f"{roman}-{digits(300)}", roman]
    texts += [f"{letter.upper()}-{digits(90)}", f"{letter.upper()}-{digits(9)}-{digits(90)}"]
    texts += [digits(1000), digits(100), digits(20), f"{digits(100)}{letter.lower()}"]
    texts += [f"({digits(100)})", f"({digits(60)}{letter.lower()})", f"[{roman}]", f"{digits(99)}."]
    texts += [f"[{digits(60)}]", f"[Formula{digits(60)}]", f"{digits(9)}-{digits(60)}", letter]
    return _pick(generator, texts)


def _beside(generator: np.random.Generator) -> str:
    text = _pick(generator, _WORDS)
    draw = generator.random()
    return text + ":" if draw < 0.05 else f"({text})" if draw < 0.12 else text


# What is written -> its share of the labels and the function that writes one.
PRINTED_KINDS: MappingProxyType[str, tuple[float, Callable[[np.random.Generator], str]]] = (
    MappingProxyType(
        {
            "symbols": (0.12, _of(_SYMBOLS)),
            "hydrides": (0.08, _of(_HYDRIDES)),
            "carbons": (0.08, _of(_CARBONS)),
            "groups": (0.14, _group),
            "chains": (0.13, _chain),
            "middles": (0.11, _middle),
            "branched": (0.06, _branched),
            "alkyls": (0.04, _alkyl),
            "isotopes": (0.03, _isotope),
            "r_groups": (0.06, _r_group),
            "charges": (0.04, _of(_IONS)),
            "species": (0.05, _species),
            "numbers": (0.03, _number),
            "words": (0.03, _beside),
        }
    )
)

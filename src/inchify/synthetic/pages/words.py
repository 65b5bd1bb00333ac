"""Random words in the manner of chemical papers and patents.

Nothing here has a meaning; it only has to look as such pages do. Characters that a font lacks are
replaced where the text is set (``press.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np


def words(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())


def phrases(text: str) -> tuple[str, ...]:
    """What stands between the bars of a text."""
    return tuple(" ".join(part.split()) for part in text.split("|"))


COMMON = words(
    """
    a after all also although an and another any are as at be because been before being between both
    but by can case could different directly due during each either even few first for found four
    from further furthermore given has have having here high however if in into is it its less low
    lower main may more moreover most much no not obtained of often on one only or other our over
    possible preferred rather second several should show shown similar since small some such than
    that the their then there therefore these they third this those three thus to two under until
    up upon used using very was we well were when where whereas which while will with within
    without would about above according across again against almost alone
    """
)
CHEMICAL = words(
    """
    acid acetone activity addition adduct affinity alcohol aldehyde aliphatic alkene alkyl amide
    amine analogue analysis anhydrous aqueous aromatic aryl assay atom base benzene binding bond
    bromide buffer carbon carbonyl carrier catalyst catalytic cell chain chiral chloride
    chromatography cleavage column complex composition compound concentration condensation
    configuration conversion coupling crude crystal crystallization cyclization data derivative
    diastereomer diluted dimer disclosure dosage dropwise effect electron electrophile eluent
    embodiment enantiomer energy enzyme equilibrium equivalent ester ethanol ether evaporated
    example excess experiment extract filtered fluorescence formation formula formulation fraction
    fragment functional furan gas general group halogen heating heteroaryl hydrogen hydrolysis
    hydroxyl inhibitor inhibitory intermediate invention ion isolated isomer ketone kinase kinetic
    ligand lithium membrane metal method methanol methyl mixture moiety molecular molecule nitrogen
    nucleophile nucleus olefin optionally organic oxidation oxygen patient peptide pharmaceutical
    phase phenyl phosphine photolysis plasma polar polymer potassium powder precipitate preparation
    procedure process product protein purification purified purity pyridine racemic radical rate
    reaction reagent receptor reduced reduction reflux regioselective residue resin ring route salt
    sample scaffold selective selectivity sequence silica sodium solid solubility solution solvent
    spectrum stereochemistry stirred structure substituent substituted substrate sulfate synthesis
    synthetic target temperature tested therapeutic tissue toxicity transfer treatment trial vacuo
    vessel washed water yield yielded
    """
)
TITLE_WORDS = words(
    """
    Synthesis Preparation Evaluation Design Discovery Catalysis Results Discussion Methods
    Background Summary Introduction Experimental Conclusion Biological Pharmaceutical Compositions
    Novel Inhibitors Derivatives Asymmetric Total Stereoselective Approach Compounds Claims
    Description Examples Detailed Invention Field Kinetics Characterization
    """
)
PREFIXES = words(
    """methyl ethyl propyl isopropyl tert-butyl phenyl benzyl chloro bromo fluoro iodo
    methoxy ethoxy hydroxy amino nitro cyano trifluoromethyl dimethylamino acetyl oxo cyclopropyl
    cyclohexyl pyridin-2-yl thiophen-3-yl morpholino piperidin-1-yl benzyloxy"""
)
PARENTS = words(
    """pyridine pyrimidine indole quinoline benzamide acetamide benzoate phenol aniline
    pyrazole imidazole thiazole piperazine piperidine cyclohexanone propanoic~acid butan-1-ol
    benzene naphthalene furan-2-carboxylate oxazolidin-2-one carbazole 1,3-dioxolane azetidine
    pyrrolidine-2-carboxamide purine quinazolin-4-amine ethanol benzenesulfonamide"""
)
REAGENTS = phrases(
    """
    NaH, THF|K₂CO₃, DMF|Pd(PPh₃)₄|Et₃N, CH₂Cl₂|LiAlH₄, THF|n-BuLi, −78 °C|H₂, Pd/C|TFA
    |NaBH₄, MeOH|1) BH₃·THF|2) H₂O₂, NaOH|DIBAL-H|Boc₂O, DMAP|EDC, HOBt|SOCl₂|POCl₃, reflux
    |AlCl₃|NBS, AIBN|Cs₂CO₃, dioxane|Pd₂(dba)₃|CuI (10 mol%)|[Rh(cod)Cl]₂|toluene, 110 °C
    |MeOH, rt, 12 h|DMF, 80 °C|CH₃CN, 60 °C|THF, 0 °C to rt|HCl, dioxane|NaOH (aq), EtOH
    |Zn, AcOH|MsCl, Et₃N|NaN₃, DMF|Ac₂O|DMP, CH₂Cl₂|TBAF, THF|PPh₃, DIAD|O₃; Me₂S|hν|Δ
    |cat. (5 mol%)|L* (10 mol%)|(COCl)₂, DMSO|MW|Na₂SO₄|BBr₃|mCPBA|OsO₄, NMO|TMSCl|i-Pr₂NEt
    |KOtBu|a|b, c|(i)|(ii), (iii)|steps|hydrolysis
    """
)
SOLVENTS = words("THF DMF DMSO MeOH EtOH CH₂Cl₂ CHCl₃ toluene MeCN H₂O EtOAc Et₂O hexane")
UNITS = words("mg g mL mmol h min °C % equiv mol% nM μM μL bar kg K Å ppm Hz kcal/mol cm⁻¹ mg/kg")
GROUPS = words(
    "H Me Et Ph OMe Cl Br F CF₃ OH NO₂ NH₂ CN i-Pr t-Bu Bn CO₂Et 4-MeOC₆H₄ 2-pyridyl 1 2"
)
FORMULAS = words(
    "H₂O NaHCO₃ Na₂SO₄ MgSO₄ CDCl₃ CO₂ NH₄Cl K₂CO₃ Pd(OAc)₂ H₂SO₄ NaBH₄ SiO₂ CH₂Cl₂ C₁₈H₂₁N₃O₂ "
    "BF₃·OEt₂ IC₅₀ EC₅₀ R¹ R² R³ X⁻ t½ Cu²⁺ Zn²⁺ pH pKa Ki α β γ π–π ΔG‡ [M+H]⁺ sp³"
)
JOURNALS = phrases("J. Am. Chem. Soc.|Org. Lett.|Tetrahedron|Synthesis|J. Med. Chem.|Chem. Lett.")
NAMES = words(
    """Smith Müller Tanaka Chen García Novák Kim Rossi Dubois Larsen Patel Wang Ivanov Brown
    Schmidt Suzuki López Andersson Weiß Kowalski"""
)
MONTHS = words("Jan. Feb. Mar. Apr. May Jun. Jul. Aug. Sep. Oct. Nov. Dec.")


_STARTS = (
    "b c d f g h j k l m n p r s t v w y z bl br ch cl cr dr fr gr kr pl pr sh st str th tr qu"
)
_MIDDLES = "a e i o u a e i o ai au ea ee ei ie oo ou ö ü é è á ä à ñ"
_ENDS = " , , , ,n,r,s,t,l,m,ng,nd,st,ck,x,h,d,k,p,ß"
DICTIONARY = Path("/usr/share/dict/words")  # Debian: wamerican


def one_of(generator: np.random.Generator, choices: Sequence[str]) -> str:
    return choices[int(generator.integers(len(choices)))]


def number(generator: np.random.Generator, maximum: int = 400) -> int:
    """A whole number from 1 on, small ones more often."""
    return 1 + int(maximum * float(generator.random()) ** 2.2)


def compound_number(generator: np.random.Generator) -> str:
    letter = one_of(generator, "abcdefghij") if generator.random() < 0.4 else ""
    return f"{number(generator, 60)}{letter}"


def amount(generator: np.random.Generator) -> str:
    value = float(np.exp(generator.uniform(-2.0, 6.0)))
    digits = 0 if value > 30 else int(generator.integers(1, 3))
    return f"{value:.{digits}f} {one_of(generator, UNITS)}"


def chemical_name(generator: np.random.Generator) -> str:
    """Looks like a systematic name; it need not be possible."""
    parts = []
    for _ in range(int(generator.integers(1, 4))):
        prefix = f"{int(generator.integers(1, 8))}-{one_of(generator, PREFIXES)}"
        parts.append(f"({prefix})" if generator.random() < 0.2 else prefix)
    name = "-".join(parts) + one_of(generator, PARENTS).replace("~", " ")
    if generator.random() < 0.15:
        name = one_of(generator, ("(R)-", "(S)-", "(E)-", "(Z)-", "rac-", "(2S,3R)-")) + name
    return name


def nmr(generator: np.random.Generator) -> str:
    """Data of a spectrum, as experimental parts have them."""
    chance = generator.random()
    if chance < 0.3:
        mass = generator.uniform(150, 700)
        return f"MS (ESI) m/z {mass:.1f} [M+H]⁺; calcd for C₁₈H₂₁N₃O₂: {mass + 0.1:.2f}."
    peaks = []
    for shift in np.sort(generator.uniform(0.8, 9.5, int(generator.integers(3, 8))))[::-1]:
        kind = one_of(generator, ("s", "d", "t", "m", "br s", "q", "dd"))
        coupling = f", J = {generator.uniform(1.2, 12):.1f} Hz" if kind in "dtq" else ""
        peaks.append(f"{shift:.2f} ({kind}{coupling}, {int(generator.integers(1, 6))}H)")
    solvent = one_of(generator, ("CDCl₃", "DMSO-d₆", "CD₃OD"))
    return f"¹H NMR ({int(generator.integers(3, 7))}00 MHz, {solvent}) δ " + ", ".join(peaks) + "."


def some_word(generator: np.random.Generator) -> str:
    chance = generator.random()
    if chance < 0.5:
        return one_of(generator, COMMON)
    if chance < 0.88:
        return one_of(generator, CHEMICAL)
    if chance < 0.91:
        return one_of(generator, FORMULAS)
    if chance < 0.94:
        return f"({amount(generator)})"
    if chance < 0.96:
        return compound_number(generator)
    if chance < 0.97:
        return f"[{number(generator, 60)}]"
    return chemical_name(generator)


def invented(generator: np.random.Generator) -> str:
    """A word of syllables that stands in no book."""
    parts = []
    for _ in range(int(generator.integers(1, 5))):
        middles = _MIDDLES.split()[: 14 if generator.random() < 0.97 else None]
        parts.append(one_of(generator, _STARTS.split()) + one_of(generator, middles))
    return "".join(parts) + one_of(generator, _ENDS.split(",")).strip()


@lru_cache(maxsize=1)
def dictionary() -> tuple[str, ...]:
    """The words of the system's dictionary, none where it has none."""
    if not DICTIONARY.is_file():
        return ()
    entries = DICTIONARY.read_text(encoding="utf-8", errors="ignore").split()
    return tuple(word for word in entries if len(word) > 1 and word.isascii() and word.isalpha())


def ordinary_word(generator: np.random.Generator) -> str:
    """A word of the language at large where a dictionary is at hand, of chemists' pages else: what
    looks alike (I and l, 0 and O) is told apart by the words that there are."""
    known = dictionary() if generator.random() < 0.7 else ()
    return one_of(generator, known) if known else some_word(generator)


def sentence(generator: np.random.Generator, length: int | None = None) -> str:
    """Words with commas, a capital first and a full stop."""
    count = length or int(generator.integers(7, 24))
    parts = [some_word(generator) for _ in range(count)]
    for place in range(3, count - 2):
        if generator.random() < 0.06:
            parts[place] += ","
    parts[0] = parts[0][:1].upper() + parts[0][1:]
    return " ".join(parts) + "."


def paragraph(generator: np.random.Generator, length: int) -> str:
    """Running text of about the given number of words."""
    parts: list[str] = []
    count = 0
    while count < length:
        text = nmr(generator) if generator.random() < 0.07 else sentence(generator)
        parts.append(text)
        count += text.count(" ") + 1
    return " ".join(parts)


def heading(generator: np.random.Generator) -> str:
    chance = generator.random()
    if chance < 0.25:
        return f"Example {number(generator)}"
    if chance < 0.4:
        return chemical_name(generator)
    titles = [one_of(generator, TITLE_WORDS) for _ in range(int(generator.integers(1, 5)))]
    text = " ".join(titles)
    if chance < 0.6:
        text = text.upper()
    elif chance < 0.8:
        text = f"{int(generator.integers(1, 6))}.{int(generator.integers(1, 9))}. {text}"
    return text


def caption(generator: np.random.Generator, kind: str) -> str:
    """``kind``: Scheme, Figure, Table, Chart; 40 to 90 letters mostly, sometimes far more."""
    sign = one_of(generator, (".", ".", ".", ":", " |", ""))
    if kind == "Figure" and generator.random() < 0.3:
        kind = "Fig."
    length = int(generator.integers(4, 12))
    if generator.random() < 0.2:
        length += int(generator.integers(8, 30))
    return f"{kind} {number(generator, 12)}{sign} {sentence(generator, length)}"


def conditions(generator: np.random.Generator, lines: int) -> list[str]:
    """Lines as they stand above or below an arrow."""
    texts = []
    for _ in range(lines):
        chance = generator.random()
        if chance < 0.7:
            texts.append(one_of(generator, REAGENTS))
        elif chance < 0.85:
            solvent, time = one_of(generator, SOLVENTS), int(generator.integers(1, 25))
            texts.append(f"{solvent}, {time} h")
        else:
            texts.append(f"{int(generator.integers(20, 100))}%")
    return texts


def group_lines(generator: np.random.Generator, count: int) -> list[str]:
    """Definitions of the groups in drawings: 'R¹ = H, R² = OMe'."""
    lines = []
    for _ in range(count):
        sign = one_of(generator, ("R", "R¹", "R²", "X", "Ar", "n"))
        values = [one_of(generator, GROUPS) for _ in range(int(generator.integers(1, 4)))]
        mark = f"{compound_number(generator)}: " if generator.random() < 0.5 else ""
        lines.append(f"{mark}{sign} = {', '.join(values)}")
    return lines


def page_title(generator: np.random.Generator) -> str:
    """What stands above a page: a journal's name, a patent's number, names."""
    chance = generator.random()
    if chance < 0.3:
        land = one_of(generator, ("US", "EP", "WO", "CN", "JP", "KR"))
        kind = one_of(generator, ("A1", "B1", "B2", "A"))
        return f"{land} {int(generator.integers(10**6, 10**7)):,} {kind}"
    if chance < 0.7:
        year = int(generator.integers(1975, 2026))
        place = f"{number(generator, 150)}, {number(generator, 9999)}"
        return f"{one_of(generator, JOURNALS)} {year}, {place}"
    if chance < 0.85:
        return f"{one_of(generator, NAMES)} et al."
    return " ".join(one_of(generator, TITLE_WORDS) for _ in range(3))


def reference(generator: np.random.Generator) -> str:
    authors = "; ".join(
        f"{one_of(generator, NAMES)}, {one_of(generator, 'ABCDEFGHJKLMPRST')}."
        for _ in range(int(generator.integers(1, 5)))
    )
    year = int(generator.integers(1960, 2026))
    return (
        f"({number(generator, 90)}) {authors} {one_of(generator, JOURNALS)} {year}, "
        f"{number(generator, 150)}, {number(generator, 9999)}."
    )

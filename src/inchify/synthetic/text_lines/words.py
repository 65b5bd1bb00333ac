"""Random text of printed lines: papers, tables, labels, receipts.

What a word means does not matter, but letters must stand beside each other as they do in print, and
every letter of the alphabet must come up.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from inchify.chemistry.line_characters import LINE_ALPHABET, LOWERED, RAISED, written
from inchify.synthetic.pages.words import (
    FORMULAS,
    JOURNALS,
    NAMES,
    REAGENTS,
    caption,
    chemical_name,
    compound_number,
    heading,
    invented,
    nmr,
    number,
    one_of,
    ordinary_word,
    reference,
    sentence,
    some_word,
)
from inchify.synthetic.text_lines.receipt_words import receipt_line

_ALLOWED = frozenset(LINE_ALPHABET)
_RARE_CHARACTERS = LINE_ALPHABET[95:] + '"\\`{}~^_$&@|<>'
_UNITS = (
    "°C K mg g kg μg mL L μL h min s nM μM mM M mol mmol kJ/mol kcal/mol MHz Hz nm cm⁻¹ ppm Å eV"
)
UNITS = (
    _UNITS + " % mol% equiv bar Pa MPa kJ·mol⁻¹ J·K⁻¹ m²/g g·L⁻¹ s⁻¹ M⁻¹s⁻¹ mV V A rpm"
).split()
_ELEMENTS = "C H N O S P F Cl Br I Na K Li Si B Mg Zn Cu Fe Pd Sn Ca Al Ti Ru".split()  # noqa: SIM905
_WORDS_BEFORE = "Compound|Formula|Example|Ex.|Fig.|Figure|Scheme|Table|Entry|Cpd|No.|Step|Compd."


def line_text(generator: np.random.Generator, limits: tuple[int, int] = (1, 60)) -> str:
    """Random text of a line.

    Args:
        generator: Source of all random choices.
        limits: Minimum and maximum number of characters.

    Returns:
        Characters of ``LINE_ALPHABET``.
    """
    low, high = limits
    names, weights = zip(*((kind, weight) for kind, weight in KINDS), strict=True)
    shares = np.array(weights) / sum(weights)
    for _ in range(60):
        kind = names[int(generator.choice(len(names), p=shares))]
        text = written("".join(c for c in written(kind(generator)) if c in _ALLOWED))
        if len(text) > high:
            text = _cut(text, low, high, generator)
        if low <= len(text) <= high:
            return text
    count = int(generator.integers(low, high + 1))
    return "".join(_letter(generator, spaces=False) for _ in range(count))


def _cut(text: str, low: int, high: int, generator: np.random.Generator) -> str:
    """A part of a long text as a column's edge cuts it: whole words where there are."""
    wanted = int(generator.integers(max(low, high // 3), high + 1))
    start = int(generator.integers(len(text) - wanted + 1))
    words = text[start : start + wanted].split(" ")
    return " ".join(words[1:-1] if len(words) > 3 else words).strip()


def _cased(text: str, generator: np.random.Generator, upper: float = 0.3) -> str:
    chance = generator.random()
    if chance < upper:
        return text.replace("ß", "SS").upper() if chance < upper - 0.02 else text.lower()
    return text.title() if chance < upper + 0.1 else text


def _table_head(generator: np.random.Generator) -> str:
    """What stands at the head of a table's column or row: a few words, perhaps a unit."""
    words = [ordinary_word(generator) for _ in range(int(generator.integers(1, 5)))]
    text = one_of(generator, (" ", " ", " ", " ", "/", "-")).join(words)
    chance = generator.random()
    if chance < 0.75:
        text = text.title() if chance < 0.3 else text[:1].upper() + text[1:]
    unit = one_of(generator, UNITS)
    tails = ("", "", "", f" ({unit})", f", {unit}", f" / {unit}", f" [{unit}]", ":", " no.", "ᵃ")
    return text + one_of(generator, tails)


def _prose(generator: np.random.Generator) -> str:
    chance = generator.random()
    if chance < 0.45:
        return _cased(sentence(generator, int(generator.integers(3, 14))), generator, 0.15)
    words = []
    for _ in range(int(generator.integers(1, 7))):
        is_invented = generator.random() < 0.35
        words.append(invented(generator) if is_invented else ordinary_word(generator))
    mark = one_of(generator, ("", "", "", ".", ",", ":", ";", "?", "!", "-"))
    return _cased(" ".join(words), generator, 0.35) + mark


def _printed(generator: np.random.Generator) -> str:
    """Parts of a paper: captions, headings, references, spectra, names."""
    chance = generator.random()
    if chance < 0.25:
        return nmr(generator)
    if chance < 0.45:
        return reference(generator)
    if chance < 0.6:
        return heading(generator)
    if chance < 0.75:
        return caption(generator, one_of(generator, ("scheme", "figure", "table")))
    if chance < 0.85:
        people = [f"{one_of(generator, 'ABCDEFGHJKLMNPRSTW')}. {one_of(generator, NAMES)}"]
        people += [one_of(generator, NAMES) for _ in range(int(generator.integers(3)))]
        return ", ".join(people) + one_of(generator, ("", "*", " et al.", "†", "¹"))
    if chance < 0.93:
        pages = int(generator.integers(10, 9000))
        return f"{one_of(generator, JOURNALS)} {number(generator, 120) + 1900}, {pages}–{pages + 7}"
    mark = one_of(generator, "®…")
    return f"© {number(generator, 60) + 1970} {invented(generator).title()}™ • {mark}"


def _name(generator: np.random.Generator) -> str:
    return _cased(chemical_name(generator), generator, 0.08)


def label(generator: np.random.Generator) -> str:
    """What stands beside a drawing: 12a, (±)-4, 3a–c, Formula (I), A-20."""
    tag = compound_number(generator)
    chance = generator.random()
    if chance < 0.3:
        return tag
    if chance < 0.42:
        sign = one_of(generator, ("±", "S", "R", "+", "–", "-", "E", "Z", "R,R", "2S,3R", "rac"))
        return f"({sign})-{tag}" if sign != "rac" else f"rac-{tag}"
    if chance < 0.5:
        first = int(generator.integers(6))
        link = one_of(generator, "–-,")
        return f"{number(generator, 60)}{'abcdef'[first]}{link}{'ghijk'[first % 5]}"
    if chance < 0.72:
        word = one_of(generator, _WORDS_BEFORE.split("|"))
        what = one_of(generator, (tag, f"({_roman(generator)})", _roman(generator), f"{tag}."))
        return f"{word.upper() if generator.random() < 0.25 else word} {what}"
    if chance < 0.8:
        return f"({_roman(generator)}{one_of(generator, ('', 'a', 'b', '-1', '′'))})"
    if chance < 0.88:
        letter, link = (
            one_of(generator, "ABCDEFGHIJKLMNPQRSTVXYZ"),
            one_of(generator, ("", "-", " ")),
        )
        return f"{letter}{link}{tag}"
    if chance < 0.95:
        return f"{one_of(generator, ('', '('))}{tag} ({int(generator.integers(5, 100))}%)"
    return f"{tag} {one_of(generator, ('→', '=', '+', '←', '⇌', ':'))} {compound_number(generator)}"


def _roman(generator: np.random.Generator) -> str:
    tens = one_of(generator, ("", "", "", "X", "XX", "L"))
    text = tens + one_of(generator, "I II III IV V VI VII VIII IX".split())  # noqa: SIM905
    return text.lower() if generator.random() < 0.2 else text


def figure(generator: np.random.Generator) -> str:
    """A number as cells of tables hold it."""
    value = float(np.exp(generator.uniform(-3, 9)))
    digits = int(generator.integers(0, 4))
    plain = f"{value:.{digits}f}"
    forms: tuple[Callable[[], str], ...] = (
        lambda: plain,
        lambda: f"{value:,.2f}",
        lambda: f"{plain} ± {value * generator.uniform(0.01, 0.3):.{digits}f}",
        lambda: f"{one_of(generator, ('–', '-', '+', '>', '<', '~', '≥', '≤', '≈', '= '))}{plain}",
        lambda: f"{value / 10 ** np.floor(np.log10(value)):.2f} × 10{_raised(generator)}",
        lambda: f"10{_raised(generator)}",
        lambda: _ratio(generator),
        lambda: (
            f"{int(generator.integers(101))}{one_of(generator, ('%', ' %', '% ee', '% yield'))}"
        ),
        lambda: f"{number(generator, 90)}{one_of(generator, '–-')}{number(generator, 900)}",
        lambda: f"{plain}{one_of(generator, ('ᵃ', '*', '^', '**', ' (3)', '″', '′', '°'))}",
        lambda: f"{number(generator, 99)}/{number(generator, 99)}",
        lambda: f"{plain} {one_of(generator, '√∞·÷×')} {number(generator, 99)}",
    )
    return one_of(generator, forms)()  # type: ignore[arg-type,operator]


def _ratio(generator: np.random.Generator) -> str:
    more, less = int(generator.integers(50, 100)), int(generator.integers(1, 50))
    return f"{more}:{less} {one_of(generator, ('er', 'dr', 'rr', ''))}"


def _raised(generator: np.random.Generator) -> str:
    sign = "⁻" if generator.random() < 0.7 else one_of(generator, ("", "⁺"))
    return sign + "".join(
        one_of(generator, RAISED[:10]) for _ in range(1 + int(generator.random() < 0.25))
    )


def _cells(generator: np.random.Generator) -> str:
    count = 1 if generator.random() < 0.6 else int(generator.integers(2, 6))
    return one_of(generator, (" ", " ", ", ", "  ", " | ", "; ")).join(
        figure(generator) for _ in range(count)
    )


def _measured(generator: np.random.Generator) -> str:
    text = f"{figure(generator)} {one_of(generator, UNITS)}"
    if generator.random() < 0.3:
        what = one_of(
            generator, ("t", "T", "IC₅₀", "Kᵢ", "pH", "λ", "ΔG", "k", "m.p.", "Rf", "[α]", "δ")
        )
        return f"{what} {one_of(generator, ('=', ':', '≈', '>'))} {text}"
    return text.replace(" ", "") if generator.random() < 0.2 else text


def _formula(generator: np.random.Generator) -> str:
    """Formulas as reagents and ions are written."""
    chance = generator.random()
    if chance < 0.25:
        return one_of(generator, REAGENTS)
    if chance < 0.4:
        return one_of(generator, FORMULAS)
    parts = []
    for _ in range(int(generator.integers(1, 6))):
        element = one_of(generator, _ELEMENTS)
        group = f"({element}{one_of(generator, ('H', 'O', 'Me', 'Ph', 'O₃'))})"
        count = "" if generator.random() < 0.35 else str(number(generator, 30))
        lowered = count.translate(str.maketrans("0123456789", LOWERED[:10]))
        parts.append((group if generator.random() < 0.2 else element) + lowered)
    charge = one_of(generator, ("", "", "⁺", "⁻", "²⁺", "²⁻", "³⁺", "·", "™", " (aq)", "·2H₂O"))
    text = "".join(parts) + charge
    if generator.random() < 0.25:
        greek = one_of(generator, "αβγδεζηθκλμνπρστφχψωΓΔΘΛΣΦΨΩ")
        text = one_of(
            generator, (f"{greek}-{text}", f"{greek}₁ {text}", f"{text} → {greek}", greek)
        )
    return text


def _letter(generator: np.random.Generator, *, spaces: bool = True, maximum: int = 0) -> str:
    if maximum:
        return one_of(generator, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"[:maximum])
    letter = one_of(generator, LINE_ALPHABET)
    return letter if spaces or letter != " " else "x"


def _random(generator: np.random.Generator) -> str:
    """Random characters, which no grammar foresees."""
    chance = generator.random()
    count = 1 + int(14 * generator.random() ** 1.5)
    if chance < 0.3:
        return "".join(_letter(generator) for _ in range(count))
    if chance < 0.7:
        return "".join(chr(int(generator.integers(33, 127))) for _ in range(count))
    if chance < 0.85:
        return "".join(str(int(d)) for d in generator.integers(0, 10, count))
    return one_of(generator, "*-=_.#~+") * (count + 1)


def _rare_characters(generator: np.random.Generator) -> str:
    """Words with rare characters."""
    words = [some_word(generator) if generator.random() < 0.6 else figure(generator)]
    words += [invented(generator) for _ in range(int(generator.integers(3)))]
    for _ in range(int(generator.integers(1, 4))):
        place = int(generator.integers(len(words)))
        split = int(generator.integers(len(words[place]) + 1))
        letter = one_of(generator, _RARE_CHARACTERS)
        words[place] = words[place][:split] + letter + words[place][split:]
    return _cased(" ".join(words), generator, 0.1)


KINDS: tuple[tuple[Callable[[np.random.Generator], str], float], ...] = (
    (_prose, 0.22),
    (_table_head, 0.08),
    (_printed, 0.07),
    (_name, 0.08),
    (label, 0.11),
    (_cells, 0.12),
    (_measured, 0.06),
    (_formula, 0.07),
    (receipt_line, 0.17),
    (_random, 0.07),
    (_rare_characters, 0.06),
)

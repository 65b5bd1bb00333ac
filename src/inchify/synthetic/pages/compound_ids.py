"""Random compound ids and names as printed beside drawings."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inchify.synthetic.pages.words import one_of, words

ROMAN = words("I II III IV V VI VII VIII IX X XI XII XIII XIV XV")
NAMES = words("Compound Example Cpd. Cpd Ex. Formula Comp. No. Intermediate Structure")
BEFORE = ("(±)-", "rac-", "ent-", "(R)-", "(S)-", "(+)-", "(–)-", "epi-", "trans-")
TRIVIAL = words(
    """taxol aspirin caffeine morphine quinine penicillin strychnine camptothecin imatinib
    ibuprofen cortisone thalidomide warfarin diazepam lidocaine nicotine glucose"""
)
SERIES = ("plain", "lettered", "bracketed", "roman", "named", "dashed", "mixed")
SERIES_SHARES = (0.3, 0.28, 0.1, 0.06, 0.08, 0.06, 0.12)


def labels(generator: np.random.Generator, kind: str = "") -> Iterator[str]:
    """Labels of one page, one after the other, without end; most pages count in one way."""
    kind = kind or SERIES[int(generator.choice(len(SERIES), p=SERIES_SHARES))]
    maximum = 30 if kind != "plain" or generator.random() < 0.5 else 900
    count, letter = 1 + int(maximum * generator.random() ** 2), 0
    name, dash = one_of(generator, NAMES), one_of(generator, "ABCDIPQ")
    while True:
        now = SERIES[int(generator.integers(6))] if kind == "mixed" else kind
        if now == "plain":
            text = str(count)
        elif now == "lettered":
            text = f"{count}{chr(97 + letter % 26)}"
        elif now == "bracketed":
            text = f"({count})" if generator.random() < 0.8 else f"({count}{chr(97 + letter % 26)})"
        elif now == "roman":
            text = f"({ROMAN[count % 15]})" if generator.random() < 0.8 else ROMAN[count % 15]
        elif now == "named":
            sign = f"({ROMAN[count % 15]})" if name == "Formula" else str(count)
            text = f"{name} {sign}"
        else:
            text = f"{dash}-{count}"
        yield decorated(text, generator)
        letter += 1
        if now != "lettered" or generator.random() < 0.2:
            count, letter = count + 1, 0


def decorated(text: str, generator: np.random.Generator) -> str:
    """Rarely something before or behind the number, or a name in its place."""
    chance = generator.random()
    if chance < 0.04:
        return one_of(generator, BEFORE) + text
    if chance < 0.06 and text.isalnum():
        return text + one_of(generator, ("′", "'", "″", "*"))
    if chance < 0.08 and text.isdigit():
        return f"{text}a–{one_of(generator, 'cdefg')}"
    if chance < 0.1:
        return f"{one_of(generator, TRIVIAL)} ({text.strip('()')})"
    if chance < 0.11:
        return one_of(generator, TRIVIAL)
    if chance < 0.13:
        return f"{text}, {int(generator.integers(10, 100))}%"
    return text


def yield_line(generator: np.random.Generator) -> str:
    """What stands below a label: a yield, a ratio, an activity."""
    part = int(generator.integers(10, 100))
    chance = generator.random()
    if chance < 0.45:
        return f"{part}%"
    if chance < 0.6:
        return f"{part}%, {int(generator.integers(80, 100))}% ee"
    if chance < 0.72:
        ratio = int(generator.integers(80, 100))
        return f"{part}%, {ratio}:{100 - ratio} er"
    if chance < 0.8:
        return f"({part}% yield)"
    if chance < 0.88:
        return f"{part}%, >20:1 dr"
    if chance < 0.95:
        return f"IC₅₀ = {generator.uniform(0.1, 90):.1f} {one_of(generator, ('nM', 'μM'))}"
    return f"{int(generator.integers(1, 48))} h, {part}%"

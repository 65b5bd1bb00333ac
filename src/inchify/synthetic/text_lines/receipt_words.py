"""Random lines of shop receipts."""

from __future__ import annotations

import numpy as np

from inchify.synthetic.pages.words import MONTHS, invented, number, one_of, words

_SHOP = words(
    """total subtotal cash change tax invoice gst sr zr amount qty price item rounding discount
    receipt no. date time cashier counter tel fax sdn bhd jalan taman thank you please come again
    goods sold are not returnable visa card approval code table pax round adj inclusive of summary
    nett rm balance member points bill doc description unit sales person customer copy lot bandar
    kuala lumpur selangor johor bahru store shop restaurant hardware trading enterprise mart"""
)
_SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def receipt_line(generator: np.random.Generator) -> str:
    """Goods with their prices, sums, dates, addresses and numbers."""
    forms = (_price_line, _shop_words, _shop_words, _when, _address, _price, _price, _phone)
    text = one_of(generator, forms)(generator)  # type: ignore[arg-type,operator]
    return text.upper() if generator.random() < 0.75 else text


def _price(generator: np.random.Generator) -> str:
    value = float(np.exp(generator.uniform(-2, 7)))
    before = one_of(generator, ("", "", "", "RM", "RM ", "$", "$ ", "-", "@", "*"))
    after = one_of(generator, ("", "", "", "", " SR", " S", " T", "*", " ZRL", " %", "-"))
    return f"{before}{value:.2f}{after}"


def _price_line(generator: np.random.Generator) -> str:
    goods = " ".join(_shop_word(generator) for _ in range(int(generator.integers(1, 4))))
    link = one_of(generator, (" ", ": ", " : ", ":", " = ", " X ", "  "))
    return f"{goods}{link}{_price(generator)}"


def _shop_word(generator: np.random.Generator) -> str:
    chance = generator.random()
    if chance < 0.6:
        return one_of(generator, _SHOP)
    if chance < 0.8:
        return invented(generator)
    if chance < 0.9:
        return str(number(generator, 9999))
    return "".join(one_of(generator, _SIGNS) for _ in range(int(generator.integers(2, 9))))


def _shop_words(generator: np.random.Generator) -> str:
    said = [_shop_word(generator) for _ in range(int(generator.integers(1, 6)))]
    text = one_of(generator, (" ", " ", " ", " & ", "-", ", ", "/")).join(said)
    form = one_of(
        generator, ("{}", "{}", "{}", "{}:", "({})", "*{}*", "# {}", "[{}]", "** {} **", "{}.")
    )
    return form.format(text.title() if generator.random() < 0.4 else text)


def _when(generator: np.random.Generator) -> str:
    day, month = int(generator.integers(1, 29)), int(generator.integers(1, 13))
    year, mark = int(generator.integers(1995, 2030)), one_of(generator, "/-. ")
    hour, minute = int(generator.integers(24)), int(generator.integers(60))
    dates = (
        f"{day:02d}{mark}{month:02d}{mark}{year}",
        f"{day:02d}{mark}{month:02d}{mark}{year % 100:02d}",
        f"{year}{mark}{month:02d}{mark}{day:02d}",
        f"{day} {MONTHS[month - 1]} {year}",
        f"{MONTHS[month - 1].rstrip('.')} {day}, {year}",
    )
    times = (
        "",
        "",
        f" {hour:02d}:{minute:02d}",
        f" {hour:02d}:{minute:02d}:{day:02d}",
        f" {1 + hour % 12}:{minute:02d} PM",
    )
    before = one_of(generator, ("", "", "", "Date: ", "DATE :", "Time: "))
    return before + one_of(generator, dates) + one_of(generator, times)


def _address(generator: np.random.Generator) -> str:
    place = " ".join(invented(generator) for _ in range(int(generator.integers(1, 4)))).title()
    few, other, many = number(generator, 30), number(generator, 30), number(generator, 300)
    company, letter = int(generator.integers(10000, 1200000)), one_of(generator, "ABDHKMPTUVWX")
    forms = (
        f"No. {many}, Jalan {place} {few}/{other},",
        f"{int(generator.integers(10000, 99999))} {place}, {invented(generator).title()}",
        f"{place} Sdn. Bhd. ({company}-{letter})",
        f"{many} {place} Road, {letter}{few}",
        f"www.{invented(generator)}.com",
        f"{invented(generator)}@{invented(generator)}.com.my",
    )
    return one_of(generator, forms)


def _phone(generator: np.random.Generator) -> str:
    digits = "".join(str(int(d)) for d in generator.integers(0, 10, 12))
    forms = (
        f"Tel: {digits[:2]}-{digits[2:10]}",
        f"+{digits[:3]} {digits[3:6]} {digits[6:]}",
        f"GST ID: {digits}",
        f"Fax : 0{digits[:1]}-{digits[1:5]} {digits[5:9]}",
        f"INV NO: {one_of(generator, 'ABCS')}{one_of(generator, 'SIN')}{digits[:7]}",
        f"{digits[:6]}-{digits[6:9]}#{digits[9:]}",
        digits,
        f"{digits[:4]} {digits[4:8]} {digits[8:]}",
    )
    return one_of(generator, forms)

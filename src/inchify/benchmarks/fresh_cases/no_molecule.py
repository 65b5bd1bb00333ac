"""Pictures without a molecule, by Pillow."""

from __future__ import annotations

import math

from PIL import Image, ImageDraw

from inchify.benchmarks.fresh_cases.drawings import Hand, font
from inchify.benchmarks.fresh_cases.labels import Answer

NO_MOLECULE = "error: no molecule"


def no_molecule(hand: Hand) -> Answer:
    """A drawing of something that is no molecule, by Pillow."""
    families = (bars, sum_formula, reagents, calendar, logo, spiral, cycle, equation, axes)
    return hand.next_of(families)(hand), NO_MOLECULE


def board(width: int, height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("RGB", (width, height), "white")
    return picture, ImageDraw.Draw(picture)


def bars(hand: Hand) -> Image.Image:
    picture, pen = board(420, 300)
    pen.line([(40, 20), (40, 260), (400, 260)], fill="black", width=2)
    for place in range(hand.integer(5, 8)):
        high = hand.integer(30, 220)
        left = 56 + 42 * place
        pen.rectangle((left, 260 - high, left + 26, 260), outline="black", width=2)
        pen.text((left + 4, 266), f"{place + 1}", fill="black", font=font(16, 1))
    return picture


def sum_formula(hand: Hand) -> Image.Image:
    picture, pen = board(460, 90)
    carbons, hydrogens = hand.integer(6, 30), hand.integer(8, 40)
    pen.text((24, 20), f"C{carbons}H{hydrogens}N2O5S", fill="black", font=font(40, hand.number))
    return picture


def reagents(hand: Hand) -> Image.Image:
    picture, pen = board(340, 110)
    words = hand.one_of(("Pd/C, H2", "LiAlH4, THF", "BuLi, hexane", "mCPBA, DCM"))
    pen.text((90, 22), words, fill="black", font=font(20, 1))
    pen.line((20, 60, 300, 60), fill="black", width=3)
    pen.line([(288, 52), (302, 60), (288, 68)], fill="black", width=3)
    pen.text((120, 72), f"{hand.integer(60, 98)}%", fill="black", font=font(20, 1))
    return picture


def calendar(hand: Hand) -> Image.Image:
    picture, pen = board(440, 300)
    start = hand.integer(0, 6)
    for place in range(35):
        left, top = 10 + 60 * (place % 7), 10 + 55 * (place // 7)
        pen.rectangle((left, top, left + 60, top + 55), outline="black")
        if start <= place < start + 30:
            pen.text((left + 6, top + 4), f"{place - start + 1}", fill="black", font=font(18, 2))
    return picture


def logo(hand: Hand) -> Image.Image:
    picture, pen = board(280, 280)
    corners = hand.integer(5, 8)
    for radius, width in ((110, 9), (78, 4)):
        points = [
            (140 + radius * math.sin(angle), 140 - radius * math.cos(angle))
            for angle in (2 * math.pi * k / corners for k in range(corners + 1))
        ]
        pen.line(points, fill="black", width=width, joint="curve")
    words = hand.one_of(("NOVA", "TERRA", "KITE", "ORBIT"))
    pen.text((140, 140), words, fill="black", font=font(30, 2), anchor="mm")
    return picture


def spiral(hand: Hand) -> Image.Image:
    picture, pen = board(320, 320)
    turns = hand.between(3, 6)
    points = [
        (
            160 + 140 * k / 400 * math.cos(turns * k / 63),
            160 + 140 * k / 400 * math.sin(turns * k / 63),
        )
        for k in range(400)
    ]
    pen.line(points, fill="black", width=hand.integer(1, 4))
    return picture


def cycle(hand: Hand) -> Image.Image:
    """Boxes with words in a ring, lines between them."""
    picture, pen = board(520, 420)
    words = ("Plan", "Build", "Test", "Ship", "Learn", "Sell")[: hand.integer(4, 6)]
    spots = [
        (
            260 + 190 * math.sin(2 * math.pi * k / len(words)),
            210 - 150 * math.cos(2 * math.pi * k / len(words)),
        )
        for k in range(len(words))
    ]
    pen.line([*spots, spots[0]], fill="black", width=2)
    for (x, y), word in zip(spots, words, strict=True):
        pen.rectangle((x - 44, y - 22, x + 44, y + 22), fill="white", outline="black", width=2)
        pen.text((x, y), word, fill="black", font=font(20, 1), anchor="mm")
    return picture


def equation(hand: Hand) -> Image.Image:
    picture, pen = board(480, 120)
    words = hand.one_of(
        ("y = ax + b", "PV = nRT", "a/b = c/d", "sin(x) + cos(y) = 1", "k = A exp(-E/RT)")
    )
    pen.text((30, 36), words, fill="black", font=font(38, hand.number))
    return picture


def axes(hand: Hand) -> Image.Image:
    """A step curve between two axes with ticks."""
    picture, pen = board(460, 340)
    pen.line([(50, 20), (50, 300), (440, 300)], fill="black", width=2)
    high, points = 40.0, [(50.0, 40.0)]
    for place in range(1, 10):
        points.append((50.0 + 40 * place, high))
        high += hand.between(5, 45)
        high = min(high, 290.0)
        points.append((50.0 + 40 * place, high))
        pen.line((50 + 40 * place, 300, 50 + 40 * place, 307), fill="black", width=2)
    pen.line(points, fill="black", width=2)
    pen.text((190, 312), "time / months", fill="black", font=font(18, 1))
    return picture

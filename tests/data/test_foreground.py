"""Foreground by contrast to the local background: drawings in colors give the plain drawing."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from inchify.data.pictures.image_io import gray_of_image, read_picture
from inchify.data.pictures.scaling import intensity_of_gray

HEIGHT, WIDTH = 200, 280
WHITE, BLACK, BLUE = (255, 255, 255), (0, 0, 0), (30, 60, 130)


def coverage() -> np.ndarray:
    """A ring with a double bond, a chain and letters: float (H, W), 1 where there is full
    foreground."""
    intensity = np.zeros((HEIGHT, WIDTH), np.uint8)
    corners = [
        (90 + 40 * np.cos(np.deg2rad(angle)), 100 + 40 * np.sin(np.deg2rad(angle)))
        for angle in range(30, 390, 60)
    ]
    points = [(round(x), round(y)) for x, y in corners]
    for place, point in enumerate(points):
        cv2.line(intensity, points[place - 1], point, 255, 2, cv2.LINE_AA)
    cv2.line(intensity, (118, 114), (118, 86), 255, 2, cv2.LINE_AA)
    for begin, end in (((125, 80), (160, 60)), ((160, 60), (195, 80)), ((160, 60), (160, 32))):
        cv2.line(intensity, begin, end, 255, 2, cv2.LINE_AA)
    cv2.putText(intensity, "OH", (198, 92), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 255, 2, cv2.LINE_AA)
    return intensity.astype(np.float32) / 255.0


COVERAGE = coverage()
PLAIN = np.rint(255 * (1 - COVERAGE)).astype(np.uint8)


def painted(background: np.ndarray | tuple[int, ...], color: tuple[int, ...]) -> np.ndarray:
    """The drawing in a color on a background, uint8 (H, W, 3)."""
    below = np.broadcast_to(np.array(background, np.float32), (HEIGHT, WIDTH, 3))
    share = COVERAGE[..., None]
    return np.rint(below * (1 - share) + np.float32(color) * share).astype(np.uint8)


def file_of(pixels: np.ndarray, form: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, form, **options)
    return stream.getvalue()


def assert_plain(gray: np.ndarray, wanted: np.ndarray = PLAIN, *, reach: int = 1) -> None:
    """The foreground is the plain drawing's up to ``reach`` pixels of its edges."""
    seen, plain = intensity_of_gray(gray) > 110, intensity_of_gray(wanted) > 110
    kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    missed = plain & (cv2.dilate(seen.view(np.uint8), kernel) == 0)
    added = seen & (cv2.dilate(plain.view(np.uint8), kernel) == 0)
    assert missed.sum() <= 0.02 * plain.sum(), missed.sum() / plain.sum()
    assert added.sum() <= 0.02 * plain.sum(), added.sum() / plain.sum()


def with_discs(color: tuple[int, ...]) -> np.ndarray:
    """The paper with highlights behind three atoms and a bond."""
    paper = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    for point in ((125, 80), (125, 120), (160, 60)):
        cv2.circle(paper, point, 11, color, -1, cv2.LINE_AA)
    cv2.line(paper, (125, 80), (160, 60), color, 10, cv2.LINE_AA)
    return paper


def with_mark(color: tuple[int, ...]) -> np.ndarray:
    """The paper with a large word across it."""
    paper = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    cv2.putText(paper, "DRAFT", (30, 130), cv2.FONT_HERSHEY_SIMPLEX, 2.4, color, 12, cv2.LINE_AA)
    return paper


@pytest.mark.parametrize("background", [WHITE, (225, 225, 225), (40, 40, 40)])
def test_ordinary_drawings_pass_unchanged(background: tuple[int, ...]) -> None:
    intensity = WHITE if sum(background) < 300 else BLACK
    gray = painted(background, intensity)[..., 0]
    one_bit = np.where(gray > 128, 255, 0).astype(np.uint8)
    for pixels in (gray, one_bit, np.dstack([gray] * 3)):
        wanted = pixels if pixels.ndim == 2 else gray
        assert np.array_equal(read_picture(file_of(pixels)), wanted)
    coded = file_of(gray, "JPEG", quality=70)
    assert np.array_equal(read_picture(coded), np.asarray(Image.open(io.BytesIO(coded))))


def test_thick_strokes_bars_and_specks_are_no_backgrounds() -> None:
    bold = np.where(cv2.dilate(255 - PLAIN, np.ones((9, 9), np.uint8)) > 128, 0, 255)
    bars = PLAIN.copy()
    bars[150:, 20:60] = 0
    bars[120:, 220:250] = 70
    generator = np.random.default_rng(0)
    specks = np.where(generator.random(bold.shape) < 0.1, 0, bold)
    for pixels in (bold, bars, specks):
        pixels = pixels.astype(np.uint8)
        assert np.array_equal(read_picture(file_of(pixels)), pixels)


@pytest.mark.parametrize(
    ("background", "color"),
    [
        (WHITE, (255, 220, 0)),
        (WHITE, (140, 220, 140)),
        (BLACK, (255, 255, 0)),
        (BLUE, WHITE),
        ((250, 240, 215), (150, 30, 30)),
        ((200, 60, 60), WHITE),
    ],
)
def test_colored_drawings(background: tuple[int, ...], color: tuple[int, ...]) -> None:
    pixels = painted(background, color)
    assert_plain(read_picture(file_of(pixels)))
    assert_plain(read_picture(file_of(pixels, "JPEG", quality=85)))


def test_letters_of_many_colors_are_full_foreground() -> None:
    pixels = painted(WHITE, BLACK)
    yellow = painted(WHITE, (204, 204, 0))
    pixels[:, 190:] = yellow[:, 190:]
    pixels[70:, :80] = painted(WHITE, (40, 40, 255))[70:, :80]
    gray = read_picture(file_of(pixels))
    assert_plain(gray)
    for part in (slice(190, 280), slice(0, 80)):
        assert int(gray[:, part].min()) < 25


@pytest.mark.parametrize("color", [(255, 127, 127), (60, 80, 220), (255, 230, 90), (255, 0, 0)])
def test_highlights_are_no_foreground(color: tuple[int, ...]) -> None:
    assert_plain(read_picture(file_of(painted(with_discs(color), BLACK))))


def test_highlights_on_a_dark_background() -> None:
    dark = 255 - with_discs((255, 130, 130))
    assert_plain(read_picture(file_of(painted(dark, WHITE))))


@pytest.mark.parametrize("color", [(210, 210, 210), (255, 205, 205), (190, 215, 255)])
def test_watermarks_are_no_foreground(color: tuple[int, ...]) -> None:
    pixels = np.minimum(painted(WHITE, BLACK), with_mark(color))
    assert_plain(read_picture(file_of(pixels)))
    assert_plain(read_picture(file_of(pixels, "JPEG", quality=85)))


@pytest.mark.parametrize("form", ["RGB", "L"])
def test_a_panel_is_read_whatever_its_polarity(form: str) -> None:
    sheet = np.full((HEIGHT + 80, 2 * WIDTH + 120, 3), 255, np.uint8)
    sheet[40 : 40 + HEIGHT, 40 : 40 + WIDTH] = painted(BLUE, WHITE)
    sheet[40 : 40 + HEIGHT, 80 + WIDTH : 80 + 2 * WIDTH] = painted(WHITE, BLACK)
    wanted = np.full(sheet.shape[:2], 255, np.uint8)
    for left in (40, 80 + WIDTH):
        wanted[40 : 40 + HEIGHT, left : left + WIDTH] = PLAIN
    assert_plain(gray_of_image(Image.fromarray(sheet).convert(form), page=True), wanted)


@pytest.mark.parametrize("dark", [False, True])
def test_uneven_light_is_levelled(dark: bool) -> None:
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    light = 0.35 + 0.65 * columns / WIDTH * (1 - 0.3 * rows / HEIGHT)
    pixels = light * (25 + 210 * (1 - COVERAGE))
    noise = np.random.default_rng(0).normal(0, 4, pixels.shape)
    gray = np.clip(pixels + noise, 0, 255).astype(np.uint8)
    if dark:
        gray = 255 - gray
    assert_plain(read_picture(file_of(gray)))
    tinted = (gray[..., None] * np.array([1.0, 0.92, 0.75])).astype(np.uint8)
    assert_plain(read_picture(file_of(tinted)))


@pytest.mark.parametrize("color", [WHITE, (240, 240, 200), (190, 230, 255)])
def test_pale_drawings_on_a_transparent_background(color: tuple[int, ...]) -> None:
    alpha = np.rint(255 * COVERAGE).astype(np.uint8)
    shades = np.broadcast_to(np.array(color, np.uint8), (HEIGHT, WIDTH, 3))
    assert_plain(read_picture(file_of(np.dstack([shades, alpha]))))
    two = Image.merge("LA", [Image.fromarray(shades[..., 0].copy()), Image.fromarray(alpha)])
    stream = io.BytesIO()
    two.save(stream, "PNG")
    assert_plain(read_picture(stream.getvalue()))


def test_dark_drawings_on_a_transparent_background_show_white_paper() -> None:
    alpha = np.rint(255 * COVERAGE).astype(np.uint8)
    pixels = np.dstack([np.zeros((HEIGHT, WIDTH, 3), np.uint8), alpha])
    assert np.abs(read_picture(file_of(pixels)).astype(int) - PLAIN).max() <= 1


def test_white_boxes_behind_letters_of_a_transparent_drawing() -> None:
    alpha = np.rint(255 * COVERAGE).astype(np.uint8)
    alpha[70:100, 192:240] = 255
    shades = painted(WHITE, BLACK)
    shades[alpha < 255] = 0
    assert_plain(read_picture(file_of(np.dstack([shades, alpha]))))


@pytest.mark.parametrize("bits", [9, 10, 12, 14, 16])
def test_the_bits_in_use_are_the_scale(bits: int) -> None:
    wide = (PLAIN.astype(np.uint32) * (2**bits - 1) // 255).astype(np.uint16)
    for form in ("PNG", "TIFF"):
        assert np.abs(read_picture(file_of(wide, form)).astype(int) - PLAIN).max() <= 1


@pytest.mark.parametrize("width", [1, 3])
@pytest.mark.parametrize("radius", [0, 8])
def test_a_frame_is_erased(width: int, radius: int) -> None:
    image = Image.fromarray(PLAIN)
    corners = (3, 3, WIDTH - 4, HEIGHT - 4)
    ImageDraw.Draw(image).rounded_rectangle(corners, radius, outline=0, width=width)
    pixels = np.asarray(image)
    assert np.array_equal(read_picture(file_of(pixels)), PLAIN)
    # on a page frames belong to the layout
    assert np.array_equal(gray_of_image(image, page=True), pixels)


def test_a_frame_that_strokes_cross_and_square_rings_stay() -> None:
    image = Image.fromarray(PLAIN)
    draw = ImageDraw.Draw(image)
    draw.rectangle((3, 3, WIDTH - 4, HEIGHT - 4), outline=0, width=2)
    draw.line((195, 80, WIDTH - 1, 130), fill=0, width=2)
    crossed = np.asarray(image)
    assert np.array_equal(read_picture(file_of(crossed)), crossed)
    ring = np.full((120, 120), 255, np.uint8)
    cv2.rectangle(ring, (20, 20), (100, 100), 0, 2)
    cv2.putText(ring, "O", (5, 15), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 0, 1)
    assert np.array_equal(read_picture(file_of(ring)), ring)


def test_a_window_round_the_drawing_is_erased() -> None:
    window = np.full((HEIGHT + 60, WIDTH + 80, 3), 245, np.uint8)
    window[:28] = (60, 64, 68)
    cv2.putText(window, "a.mol - Editor", (10, 20), 0, 0.5, (230, 230, 230), 1, cv2.LINE_AA)
    for row in range(4):
        cv2.rectangle(window, (8, 40 + 30 * row), (30, 62 + 30 * row), (120, 120, 120), 1)
    window[40 : 40 + HEIGHT, 50 : 50 + WIDTH] = painted(WHITE, BLACK)
    wanted = np.full(window.shape[:2], 255, np.uint8)
    wanted[40 : 40 + HEIGHT, 50 : 50 + WIDTH] = PLAIN
    assert_plain(read_picture(file_of(window)), wanted)


def test_noise_has_no_background() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    image = Image.fromarray(noise)
    assert np.array_equal(read_picture(file_of(noise)), np.asarray(image.convert("L")))
    assert np.array_equal(read_picture(file_of(noise[..., 0].copy())), noise[..., 0])

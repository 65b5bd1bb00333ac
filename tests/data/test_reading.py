"""Reading pictures: every mode as Pillow sees it, every kind of damage a clear error."""

from __future__ import annotations

import io
import resource
import struct
import time
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.data.drawings import gray_of, line_drawing

from inchify.data.pictures.image_io import PictureError, read_picture


def file_of(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def raw_png(
    width: int, height: int, depth: int, color: int, rows: bytes, *, further: bytes = b""
) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
    packed = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + header + further + packed + chunk(b"IEND", b"")


GRAY = gray_of(line_drawing(0))
SHADES = np.random.default_rng(0).integers(0, 256, (37, 53), dtype=np.uint8)


@pytest.mark.parametrize("seed", range(5))
def test_opencv_and_pillow_see_the_same_pixels(seed: int) -> None:
    generator = np.random.default_rng(seed)
    height, width = generator.integers(1, 70, 2).tolist()
    gray = generator.integers(0, 256, (height, width), dtype=np.uint8)
    colors = generator.integers(0, 256, (height, width, 3), dtype=np.uint8)
    plain, color = Image.fromarray(gray), Image.fromarray(colors)
    images = [plain, plain.convert("1"), plain.quantize(16), plain.quantize(4), color.quantize(60)]
    images += [color, plain.convert("RGB")]
    for image in images:
        wanted = np.asarray(image.convert("RGB").convert("L"))
        for options in ({}, {"compress_level": 1}):
            assert np.array_equal(read_picture(file_of(image, **options)), wanted), image.mode


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_gray_png_of_every_depth(depth: int) -> None:
    height, width = 9, 13
    values = np.random.default_rng(depth).integers(0, 2**depth, (height, width))
    bits = (values[..., None] >> np.arange(depth)[::-1]) & 1
    rows = np.packbits(bits.reshape(height, -1).astype(bool), axis=1)
    content = raw_png(width, height, depth, 0, b"".join(b"\0" + row.tobytes() for row in rows))
    wanted = np.rint(values * 255.0 / (2**depth - 1)).astype(np.uint8)
    assert np.array_equal(read_picture(content), wanted)


def test_transparent_parts_are_paper() -> None:
    clear = np.zeros((8, 8, 4), dtype=np.uint8)
    clear[2:4, 2:4] = (0, 0, 0, 255)
    wanted = np.full((8, 8), 255, dtype=np.uint8)
    wanted[2:4, 2:4] = 0
    image = Image.fromarray(clear)
    for form, options in (("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {})):
        assert np.array_equal(read_picture(file_of(image, form, **options)), wanted), form
    assert np.array_equal(read_picture(file_of(image.convert("LA"))), wanted)
    half = Image.fromarray(np.full((4, 4, 4), (0, 0, 0, 128), dtype=np.uint8))
    assert abs(int(read_picture(file_of(half))[0, 0]) - 127) <= 1


def test_transparent_shade_of_a_gray_png_is_paper() -> None:
    rows = b"\0\x00\x80\0\x80\xff"
    content = raw_png(2, 2, 8, 0, rows, further=chunk(b"tRNS", struct.pack(">H", 0x80)))
    assert read_picture(content).tolist() == [[0, 255], [255, 255]]


@pytest.mark.parametrize("form", ["PNG", "TIFF", "GIF", "WEBP", "BMP"])
def test_lossless_formats(form: str) -> None:
    options = {"lossless": True} if form == "WEBP" else {}
    image = Image.fromarray(GRAY)
    assert np.array_equal(read_picture(file_of(image, form, **options)), GRAY)
    if form == "TIFF":
        fax = file_of(image.convert("1"), "TIFF", compression="group4")
        assert np.array_equal(read_picture(fax), GRAY)


def test_jpeg_gray_color_and_cmyk() -> None:
    image = Image.fromarray(GRAY)
    for mode in ("L", "RGB", "CMYK"):
        gray = read_picture(file_of(image.convert(mode), "JPEG", quality=95))
        assert gray.shape == GRAY.shape
        assert np.abs(gray.astype(int) - GRAY).mean() < 6, mode


def test_exif_turn_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to see it upright
    image = Image.fromarray(SHADES)
    for form, options in (("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True})):
        gray = read_picture(file_of(image, form, exif=exif, **options))
        assert np.array_equal(gray, np.rot90(SHADES, -1)), form


def test_first_frame_of_an_animation_and_an_interlaced_png() -> None:
    images = [Image.fromarray(GRAY), Image.fromarray(255 - GRAY)]
    content = file_of(images[0], "GIF", save_all=True, append_images=images[1:])
    assert np.array_equal(read_picture(content), GRAY)
    content = file_of(images[0], "PNG", save_all=True, append_images=images[1:])
    assert np.array_equal(read_picture(content), GRAY)


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1)])
def test_thin_pictures(size: tuple[int, int]) -> None:
    assert read_picture(file_of(Image.new("L", size, 7))).shape == size[::-1]


def test_files_that_are_no_pictures(tmp_path: Path) -> None:
    good = file_of(Image.fromarray(GRAY))
    cases = {
        "empty": b"",
        "HTML": b"<!doctype html><html><body>not found</body></html>",
        "SVG": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        "PDF": b"%PDF-1.7\n",
        "none of": b"hello, world",
        "cut off": good[:20],
        "wrong checksum": good[:-20] + bytes([good[-20] ^ 1]) + good[-19:],
        "no pixels": raw_png(0, 5, 8, 0, b""),
        "fewer pixels": raw_png(4000, 4000, 8, 0, b"\0\0"),
        "damaged": raw_png(40, 40, 8, 0, b"\0\0"),
    }
    for word, content in cases.items():
        path = tmp_path / "picture.png"
        path.write_bytes(content)
        with pytest.raises(PictureError, match=word) as caught:
            read_picture(path)
        assert str(path) in str(caught.value) and str(path) not in caught.value.reason
    with pytest.raises(PictureError, match="no such file"):
        read_picture(tmp_path / "missing.png")
    with pytest.raises(PictureError, match="folder"):
        read_picture(tmp_path)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP"])
def test_cut_off_files(form: str) -> None:
    content = file_of(Image.fromarray(SHADES), form)
    for length in (20, len(content) // 2):
        with pytest.raises(PictureError):
            read_picture(content[:length])


def test_a_png_that_lost_its_last_bytes() -> None:
    with pytest.raises(PictureError, match="cut off"):
        read_picture(file_of(Image.fromarray(GRAY))[:-5])


@settings(max_examples=150)
@given(st.integers(0, 10_000), st.integers(0, 7), st.integers(0, 2))
def test_one_flipped_bit_never_passes_unseen(place: int, bit: int, kind: int) -> None:
    content = bytearray(file_of(Image.fromarray(SHADES[:, : 53 - kind])))
    place %= len(content)
    content[place] ^= 1 << bit
    with pytest.raises(PictureError):
        read_picture(bytes(content))


@settings(max_examples=60)
@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff", b"BM"]),
)
def test_junk_is_a_picture_error(junk: bytes, start: bytes) -> None:
    with pytest.raises(PictureError):
        read_picture(start + junk)


def test_a_bomb_is_refused_at_once() -> None:
    side = 30_000
    packer = zlib.compressobj(9)
    row = b"\0" + b"\xff" * (side // 8)
    packed = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
    content = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    with pytest.raises(PictureError, match=r"30000 x 30000 pixels; at most 25,000,000"):
        read_picture(content)
    assert time.process_time() - start < 0.1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000
    for form in ("BMP", "TIFF"):
        with pytest.raises(PictureError, match="at most 1,000"):
            read_picture(file_of(Image.fromarray(GRAY), form), max_pixels=1000)


def test_the_limit_is_inclusive() -> None:
    content = file_of(Image.fromarray(SHADES))
    assert read_picture(content, max_pixels=SHADES.size).shape == SHADES.shape
    with pytest.raises(PictureError, match="at most"):
        read_picture(content, max_pixels=SHADES.size - 1)


def test_wide_pixels() -> None:
    values = np.array([[0, 65535], [32768, 257]], dtype=np.uint16)
    for content in (file_of(Image.fromarray(values)), file_of(Image.fromarray(values), "TIFF")):
        assert read_picture(content).tolist() == [[0, 255], [128, 1]]
    floats = Image.fromarray(np.array([[0.0, 1.0], [0.5, np.nan]], dtype=np.float32))
    assert read_picture(file_of(floats, "TIFF")).tolist() == [[0, 255], [128, 0]]
    assert cv2.imdecode(np.frombuffer(content, np.uint8), -1).dtype == np.uint16

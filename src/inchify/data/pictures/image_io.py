"""Decoding of picture files of all common formats into gray pixels (255 is white).

The header is checked before any pixel is decoded, so that a small file that claims to be huge costs
nothing. Ordinary PNGs go through OpenCV after every checksum was verified; all else through Pillow.
"""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, Union

import cv2
import numpy as np

from inchify.data.foreground.foreground import gray_of_color, normalize_gray, remove_surroundings
from inchify.data.foreground.transparency import background_color

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

Picture: TypeAlias = Union[Path, str, bytes, np.ndarray, "PillowImage"]
"""A file, its content, a decoded Pillow image, or pixels: uint8 (H, W), (H, W, 3) in the order red,
green, blue, or (H, W, 4) with opacity last."""

MAX_FILE_BYTES = 256_000_000
MAX_PIXELS = 25_000_000
FORMATS = ("PNG", "JPEG", "TIFF", "GIF", "WEBP", "BMP", "AVIF", "JPEG2000", "PPM", "ICO")
# Formats whose first bytes say little: read where a file's name says so, too.
NAMED_FORMATS = {".tga": "TGA", ".dib": "DIB", ".pcx": "PCX", ".qoi": "QOI"}
ENDINGS = (
    *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".tif", ".tiff", ".gif", ".webp"),
    *(".bmp", ".dib", ".avif", ".avifs", ".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx"),
    *(".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".ico", ".pcx", ".qoi"),
)
# Pictures by their names that are not read: what they are called.
FOREIGN = {
    ".svg": "SVG",
    ".svgz": "SVG",
    ".heic": "HEIC",
    ".heif": "HEIF",
    ".eps": "EPS",
    ".ps": "PostScript",
    ".ai": "Illustrator",
    ".wmf": "WMF",
    ".emf": "EMF",
    ".psd": "Photoshop",
    ".jxl": "JPEG XL",
    ".djvu": "DjVu",
    ".pdf": "PDF",
}
# Where the bytes of such files stand that tell them.
_SIGNS = (
    (0, b"%!PS", "EPS"),
    (0, b"\xc5\xd0\xd3\xc6", "EPS"),
    (0, b"\xd7\xcd\xc6\x9a", "WMF"),
    (40, b" EMF", "EMF"),
    (0, b"8BPS", "Photoshop"),
    (0, b"\xff\x0a", "JPEG XL"),
    (4, b"JXL ", "JPEG XL"),
    (0, b"AT&TFORM", "DjVu"),
    (4, b"ftyphei", "HEIC"),
    (4, b"ftyphev", "HEIC"),
    (4, b"ftypmif1", "HEIF"),
    (4, b"ftypavi", "AVIF"),
)
_PNG = b"\x89PNG\r\n\x1a\n"
# With any of these a PNG is more than gray pixels: transparency, turning, animation, colors.
_NOT_PLAIN = {b"tRNS", b"eXIf", b"acTL", b"PLTE"}


class PictureError(ValueError):
    """A picture that cannot be read. ``reason`` says why without naming the file."""

    def __init__(self, reason: str, name: str = "") -> None:
        super().__init__(f"{name}: {reason}" if name else reason)
        self.reason = reason
        self.name = name

    def __reduce__(self) -> tuple[Any, ...]:
        return PictureError, (self.reason, self.name)


def read_picture(source: Picture, *, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Read a picture as gray pixels.

    Of several frames the first is read, or the one that the name gives: ``scan.tif#2`` is frame 2
    of ``scan.tif`` where there is no such file itself. Transparent pixels show the background that
    contrasts with the rest; the EXIF orientation is applied; 16-bit pixels are scaled to 8 bits.

    Args:
        source: A file, its content, a Pillow image or pixels.
        max_pixels: Maximum number of pixels of the picture.

    Returns:
        uint8 (H, W), 255 = white, foreground dark.

    Raises:
        PictureError: The picture cannot be read; the message says why.
    """
    if not isinstance(source, (str, Path)):
        return (
            _decode(source, max_pixels)
            if isinstance(source, bytes)
            else _pixels(source, max_pixels)
        )
    try:
        path, frame = file_and_frame(Path(source))
        return _decode(_file(path), max_pixels, path.suffix.lower(), frame)
    except PictureError as error:
        raise PictureError(error.reason, str(source)) from error


def _pixels(source: Any, max_pixels: int) -> np.ndarray:
    """``read_picture`` of an array or a Pillow image."""
    from PIL import ImageOps

    image = pillow_image(source)
    _check_size(image.width, image.height, max_pixels)
    return gray_of_image(ImageOps.exif_transpose(image))


def portable(source: Any) -> Picture:
    """Convert pixels so that another process can take them: a Pillow image may depend on a stream.

    Args:
        source: An array or a Pillow image.

    Returns:
        An array for an array, a decoded Pillow image for another.

    Raises:
        PictureError: There are no pixels, or they cannot be decoded.
    """
    image: Picture = pillow_image(source)
    return np.asarray(image) if isinstance(source, np.ndarray) else image


def pillow_image(source: Any) -> Any:
    """Make a decoded Pillow image.

    Args:
        source: An array, uint8 (H, W), (H, W, 3) or (H, W, 4), or a Pillow image.

    Returns:
        The Pillow image with its pixels loaded.

    Raises:
        PictureError: The source is of another type, too large or damaged.
    """
    from PIL import Image

    if isinstance(source, np.ndarray):
        return _image_of_array(source)
    if not isinstance(source, Image.Image):
        raise PictureError(
            f"the picture is of type {type(source).__name__}; it must be a path, bytes, a Pillow "
            "image or a uint8 array"
        )
    _check_size(source.width, source.height, MAX_PIXELS)
    try:
        source.load()
    except Exception as error:  # Pillow's decoders raise nearly every kind of error
        raise PictureError(f"the picture is damaged ({error or type(error).__name__})") from error
    return source


def _image_of_array(pixels: np.ndarray) -> Any:
    """A Pillow image of uint8 (H, W), (H, W, 3) or (H, W, 4); raises PictureError for others."""
    from PIL import Image

    right = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] in (3, 4))
    if pixels.dtype != np.uint8 or not right:
        raise PictureError(
            f"the picture is an array of {pixels.dtype} {pixels.shape}; it must be uint8 "
            "(height, width), (height, width, 3) or (height, width, 4)"
        )
    _check_size(pixels.shape[1], pixels.shape[0], pixels.size + 1)
    return Image.fromarray(np.ascontiguousarray(pixels))


def named_frame(path: Path, frame: int) -> Path:
    """The path of one frame of a file as ``read_picture`` takes it: with ``#frame`` at its end.

    Args:
        path: The file.
        frame: Number of the frame, from 1.
    """
    return path.with_name(f"{path.name}#{frame}")


def file_and_frame(path: Path) -> tuple[Path, int]:
    """Split the name of a frame: the inverse of ``named_frame``.

    Args:
        path: A file, or a frame of it such as ``scan.tif#2``.

    Returns:
        The file and the number of the frame, from 1.
    """
    name, mark, number = path.name.rpartition("#")
    if not mark or not name or not number.isdecimal() or path.exists():
        return path, 1
    return path.with_name(name), max(1, int(number))


def _file(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise PictureError("there is no such file") from None
    except IsADirectoryError:
        raise PictureError("this is a folder, not a picture") from None
    except (OSError, ValueError) as error:
        raise PictureError(f"the file cannot be opened ({error})") from error
    if len(content) > MAX_FILE_BYTES:
        raise PictureError(f"the file is larger than {MAX_FILE_BYTES:,} bytes")
    return content


def _decode(content: bytes, max_pixels: int, suffix: str = "", frame: int = 1) -> np.ndarray:
    if not content:
        raise PictureError("the file is empty")
    if frame == 1 and content.startswith(_PNG) and _is_plain_png(content, max_pixels):
        gray = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
        if gray is not None:
            return remove_surroundings(gray, normalize_gray(gray))
    return _decode_by_pillow(content, max_pixels, suffix, frame)


def _check_size(width: int, height: int, max_pixels: int) -> None:
    if width < 1 or height < 1:
        raise PictureError(f"the picture has no pixels ({width} x {height})")
    if width * height > max_pixels:
        raise PictureError(
            f"the picture is {width} x {height} pixels; at most {max_pixels:,} are allowed"
        )


def _is_plain_png(content: bytes, max_pixels: int) -> bool:
    """Whether a PNG has only gray pixels. Its chunks are walked over, since OpenCV neither limits
    the size nor minds a truncated picture; PictureError for a wrong size or checksum."""
    kinds: set[bytes] = set()
    position, plain, packed = len(_PNG), False, 0
    while True:
        head = content[position : position + 8]
        if len(head) < 8:
            raise PictureError("the PNG is cut off")
        length, kind = struct.unpack(">I4s", head)
        end = position + 8 + length
        if end + 4 > len(content):
            raise PictureError("the PNG is cut off")
        body = memoryview(content)[position + 8 : end]
        if zlib.crc32(body, zlib.crc32(kind)) != int.from_bytes(content[end : end + 4], "big"):
            raise PictureError(f"the PNG is damaged: wrong checksum in its {_word(kind)} part")
        if not kinds and (kind != b"IHDR" or length != 13):
            raise PictureError("the PNG has no header")
        if kind == b"IHDR":
            width, height, depth, color = struct.unpack(">IIBB", body[:10])
            _check_size(width, height, max_pixels)
            # 2 and 4 bits: OpenCV's spreading to 0..255 was not the same in all its versions.
            plain = color == 0 and depth in (1, 8)
            needed = height * ((width * depth + 7) // 8 + 1)
            interlaced = body[12] != 0
        packed += length if kind == b"IDAT" else 0
        kinds.add(kind)
        position = end + 4
        if kind == b"IEND":
            break
    if not packed:
        raise PictureError("the PNG holds no pixels")
    # Deflate packs at most about 1:1032, so fewer bytes than this cannot hold the picture.
    if not interlaced and packed * 1040 < needed:
        raise PictureError("the PNG holds fewer pixels than its header says")
    return plain and not interlaced and not kinds & _NOT_PLAIN


def _word(kind: bytes) -> str:
    return kind.decode("ascii", "replace")


def open_image(source: Path | str | io.BytesIO, suffix: str = "") -> Any:
    """Open a picture of a known format with Pillow, without decoding it.

    Args:
        source: The file or a stream of its content.
        suffix: Ending of the file's name, such as ".tga"; that of ``source`` where empty.

    Returns:
        The Pillow image.
    """
    from PIL import Image

    suffix = suffix or ("" if isinstance(source, io.BytesIO) else Path(source).suffix.lower())
    Image.init()
    known = [form for form in FORMATS if form in Image.OPEN]
    if suffix in NAMED_FORMATS:
        known.append(NAMED_FORMATS[suffix])
    return Image.open(source, formats=known)


def _decode_by_pillow(content: bytes, max_pixels: int, suffix: str, frame: int) -> np.ndarray:
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with open_image(io.BytesIO(content), suffix) as image:
            _check_size(image.width, image.height, max_pixels)
            if frame > 1:
                _seek(image, frame)
                _check_size(image.width, image.height, max_pixels)
            image.load()
            return gray_of_image(ImageOps.exif_transpose(image))
    except PictureError:
        raise
    except UnidentifiedImageError:
        raise PictureError(_describe(content, suffix)) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError(
            f"the picture has too many pixels; at most {max_pixels:,} are allowed"
        ) from error
    except Exception as error:  # Pillow's decoders raise nearly every kind of error on broken files
        raise PictureError(f"the picture is damaged ({error or type(error).__name__})") from error


def _seek(image: Any, frame: int) -> None:
    try:
        image.seek(frame - 1)
    except EOFError:
        raise PictureError(f"the picture has no frame {frame}") from None


def _describe(content: bytes, suffix: str = "") -> str:
    start = content[:64].lstrip().lower()
    if start.startswith(b"%pdf"):
        return "this is a PDF, not a picture; `inchify read` reads PDFs"
    for place, sign, form in _SIGNS:
        if content[place : place + len(sign)] == sign:
            return _foreign(form)
    if b"<svg" in content[:4096].lower():
        return _foreign("SVG")
    if start.startswith(b"<") or b"<html" in content[:512].lower():
        return "this is text with tags (HTML or XML), not a picture"
    if suffix in FOREIGN:
        return _foreign(FOREIGN[suffix])
    known = ", ".join((*FORMATS, *NAMED_FORMATS.values()))
    if content[:3] == b"\xff\xd8\xff" or content[:4] in (b"RIFF", b"GIF8", b"II*\0", b"MM\0*"):
        return "the picture is cut off or damaged"
    return f"this is none of {known}"


def _foreign(form: str) -> str:
    return f"this is a picture in the format {form}, which is not read; save it as PNG"


def gray_of_image(image: Any, *, page: bool = False) -> np.ndarray:
    """Convert a decoded Pillow image to dark strokes on white (``data.foreground.foreground``).

    Transparent parts show the background that contrasts with the rest.

    Args:
        image: The Pillow image.
        page: Whether it is a page; frames and windows are erased only around a single drawing.

    Returns:
        uint8 (H, W).
    """
    from PIL import Image

    transparent = image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info
    if image.mode.startswith("I") or image.mode == "F":
        wide = _gray_of_wide(np.asarray(image), image.mode, image.info.get("transparency"))
        return normalize_gray(wide) if page else remove_surroundings(wide, normalize_gray(wide))
    if transparent:
        image = image.convert("RGBA")
        background = Image.new("RGBA", image.size, (*background_color(np.asarray(image)), 255))
        image = Image.alpha_composite(background, image).convert("RGB")
    elif image.mode not in ("1", "L", "RGB"):
        image = image.convert("RGB")
    pixels = np.asarray(image)
    gray = gray_of_color(pixels) if image.mode == "RGB" else None
    if gray is None:
        pixels = np.array(image.convert("L"), dtype=np.uint8)
        gray = normalize_gray(pixels)
    return gray if page else remove_surroundings(pixels, gray)


def _gray_of_wide(pixels: np.ndarray, mode: str, transparent: Any) -> np.ndarray:
    """Pixels of 16 or 32 bits or floating point as uint8."""
    wide = np.nan_to_num(pixels.astype(np.float64))
    # cameras and scanners give 10, 12 or 14 bits in 16: all of the bits in use are the scale
    top = 2.0 ** np.ceil(np.log2(max(wide.max(initial=0.0), 1.0) + 1.0)) - 1.0
    if mode == "F":
        top = 1.0 if wide.max(initial=0.0) <= 1.0 else 255.0 if wide.max() <= 255.0 else 65535.0
    gray = np.clip(np.rint(wide / top * 255.0), 0, 255).astype(np.uint8)
    if isinstance(transparent, int):
        gray[pixels == transparent] = 255
    return gray

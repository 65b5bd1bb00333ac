"""Page counting and grayscale rendering of files, as jobs for killable processes.

A PDF parser or a picture decoder may crash, hang or exhaust memory on a hostile file; here that
costs one process (``isolation.pool``), whose memory is limited too.
"""

from __future__ import annotations

import io
import re
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from inchify.data.foreground.foreground import gray_of_color, normalize_gray
from inchify.data.pictures.image_io import FORMATS, PictureError, gray_of_image, open_image

# Address space of a process that renders: hostile files ask for more.
MOST_MEMORY = 6 * 2**30
PDF_POINTS_PER_INCH = 72.0
# UserUnit, the size of a page's unit in points, where it is to be believed.
USER_UNITS = (0.01, 75_000.0)
# Resolutions that a picture's file may claim truly; screens and careless programs write others.
BELIEVED = (100.0, 2400.0)
# Size of the rendering that is searched for colors, and how far its channels differ there.
PREVIEW, PREVIEW_COLOR = 0.25, 24


class PageSourceError(ValueError):
    """A file whose pages cannot be read at all; its text says why and what is allowed."""


class Rendered(NamedTuple):
    """``gray`` uint8 (H, W), 255 paper, at ``dots_per_inch``."""

    gray: np.ndarray
    dots_per_inch: float


@dataclass(frozen=True)
class PageQuestion:
    """Which page (from 1; 0 asks for their number) of which file, and how fine."""

    path: str
    number: int
    dots_per_inch: float
    most_pixels: int
    password: str = ""


def is_pdf(path: Path | str) -> bool:
    """Whether a file begins as a PDF does (some have a few bytes of something else before)."""
    with open(path, "rb") as stream:
        return b"%PDF-" in stream.read(1024)


def warm_up() -> None:
    """Imports, then a limit to the process's memory."""
    import pypdfium2  # noqa: F401
    from PIL import Image  # noqa: F401

    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    except (ImportError, ValueError, OSError):
        pass  # Windows has none; a smaller limit stands already


def answer(question: PageQuestion) -> int | Rendered | str:
    """Answer a question about a file of pages; runs in a process of its own.

    Args:
        question: The file, and which page of it, if any.

    Returns:
        The number of pages, a rendered page, or a sentence on what is wrong.
    """
    try:
        if is_pdf(question.path):
            return _of_pdf(question)
        return _of_picture(question)
    except (PageSourceError, PictureError) as error:
        return str(error)
    except MemoryError:
        return "it needs more memory than one page may use"


@lru_cache(maxsize=1)
def _document(path: str, password: str) -> Any:
    """The open PDF; a process reads all its pages."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path, password=password or None)
        _with_forms(document)
        count = len(document)
    except pypdfium2.PdfiumError as error:
        message = str(error).lower()
        if "password" in message and password:
            raise PageSourceError("the PDF is encrypted and the password is wrong") from error
        if "password" in message:
            raise PageSourceError("the PDF is encrypted; give its password (--password)") from error
        if "security" in message:
            raise PageSourceError(
                "the PDF is protected in an unknown way; save it without protection"
            ) from error
        raise PageSourceError(
            f"the PDF is damaged ({error}); a PDF repair program may help"
        ) from error
    if not count:
        raise PageSourceError("the PDF has no pages")
    return document


def _with_forms(document: Any) -> None:
    """Lets form fields be drawn with their pages. A damaged form costs its fields only."""
    import pypdfium2

    with suppress(pypdfium2.PdfiumError):
        document.init_forms()


def _of_pdf(question: PageQuestion) -> int | Rendered:
    import pypdfium2

    document = _document(question.path, question.password)
    if not question.number:
        return len(document)
    try:
        points = PDF_POINTS_PER_INCH / _user_unit(document, question)
        page = document[question.number - 1]
        try:
            width, height = page.get_size()
            if not (width > 0 and height > 0):
                raise PageSourceError(f"the page has no size ({width:g} x {height:g} points)")
            # pixels in one unit of the page
            scale = question.dots_per_inch / points
            # a page of absurd size is seen from further away
            scale = min(scale, sqrt(question.most_pixels / (width * height)))
            if min(width, height) * scale < 1:
                raise PageSourceError(
                    f"the page is {width:g} x {height:g} points, too narrow to be a page"
                )
            gray = _rendered(document, question.number, page, scale)
        finally:
            page.close()
    except pypdfium2.PdfiumError as error:
        raise PageSourceError(f"the page is damaged ({error})") from error
    return Rendered(gray, scale * points)


def _rendered(document: Any, number: int, page: Any, scale: float) -> np.ndarray:
    """A page's pixels as a viewer shows them, with annotations and form fields, uint8 (H, W) with
    all strokes dark on white."""
    import pypdfium2.raw as pdfium

    gray = _levelled(page, scale)
    if document.formenv is None and _has_fields(page):
        # PDFium draws fields only with a form that lists them; these become part of the page
        pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY)
        with closing(document[number - 1]) as flat:
            gray = np.minimum(gray, _levelled(flat, scale))
    return gray


def _levelled(page: Any, scale: float) -> np.ndarray:
    """A page in gray. One in colors (a small rendering tells) is rendered in them, for gray drops
    contrasts of colors."""
    small = _in_colors(page, max(scale * PREVIEW, 1.0 / min(page.get_size())))
    if int((small.max(axis=2) - small.min(axis=2)).max()) > PREVIEW_COLOR:
        colored = gray_of_color(_in_colors(page, scale))
        if colored is not None:
            return colored
    bitmap = page.render(scale=scale, grayscale=True, fill_color=(255, 255, 255, 255))
    gray = np.array(bitmap.to_numpy(), dtype=np.uint8)
    bitmap.close()
    return normalize_gray(gray.reshape(gray.shape[:2]))


def _in_colors(page: Any, scale: float) -> np.ndarray:
    bitmap = page.render(scale=scale, rev_byteorder=True, fill_color=(255, 255, 255, 255))
    rgb = np.array(bitmap.to_numpy()[..., :3], dtype=np.uint8)
    bitmap.close()
    return rgb


def _has_fields(page: Any) -> bool:
    """Whether form fields stand on a page."""
    import pypdfium2.raw as pdfium

    for place in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, place)
        kind = pdfium.FPDFAnnot_GetSubtype(annotation)
        pdfium.FPDFPage_CloseAnnot(annotation)
        if kind == pdfium.FPDF_ANNOT_WIDGET:
            return True
    return False


def _user_unit(document: Any, question: PageQuestion) -> float:
    """The size of a page's unit in points, 1.0 where the page has none that is to be believed.

    PDFium has no function for it, but its copy of a page can be written and searched.
    """
    import pypdfium2

    if not _may_have_units(question.path):
        return 1.0
    copy = io.BytesIO()
    try:
        with closing(pypdfium2.PdfDocument.new()) as alone:
            alone.import_pages(document, [question.number - 1])
            alone.save(copy)
    except pypdfium2.PdfiumError:
        return 1.0
    content = copy.getvalue()
    match = re.search(rb"/UserUnit\s*([\d.]+)(\s+\d+\s+R\b)?", content)
    if match is not None and match[2]:
        match = re.search(rb"(?<!\d)%s\s+\d+\s+obj\s+([\d.]+)" % match[1], content)
    try:
        unit = float(match[1]) if match is not None else 1.0
    except ValueError:
        return 1.0
    return unit if USER_UNITS[0] <= unit <= USER_UNITS[1] else 1.0


@lru_cache(maxsize=1)
def _may_have_units(path: str) -> bool:
    """Whether a PDF names a page's unit, or has objects in streams, where it may be named."""
    with open(path, "rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as content:
        return content.find(b"/UserUnit") >= 0 or content.find(b"/ObjStm") >= 0


def _of_picture(question: PageQuestion) -> int | Rendered:
    """A picture of any format, or one frame of it."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # the limit below and that of memory stand instead
    try:
        with open_image(question.path) as image:
            if not question.number:
                return int(getattr(image, "n_frames", 1))
            image.seek(question.number - 1)
            max_pixels = 16 * question.most_pixels
            if image.width * image.height > max_pixels:
                raise PageSourceError(
                    f"the picture is {image.width} x {image.height} pixels; "
                    f"at most {max_pixels:,} are allowed"
                )
            claimed = _claimed(image.info.get("dpi")) or question.dots_per_inch
            image.load()
            turned = ImageOps.exif_transpose(image)
            gray = gray_of_image(turned, page=True)
    except (PageSourceError, MemoryError):
        raise
    except Exception as error:  # Pillow's decoders raise nearly every kind of error
        known = ", ".join(("PDF", *FORMATS))
        raise PageSourceError(
            f"the page is damaged or in an unknown format; known are {known} "
            f"({error or type(error).__name__})"
        ) from error
    scale = min(1.0, sqrt(question.most_pixels / gray.size))
    if scale < 1.0:
        import cv2

        size = (max(1, int(gray.shape[1] * scale)), max(1, int(gray.shape[0] * scale)))
        gray = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    return Rendered(gray, claimed * scale)


def _claimed(dots: Any) -> float | None:
    """What the file says of its resolution, None where that is not to be believed."""
    try:
        across, down = float(dots[0]), float(dots[1])
    except (TypeError, ValueError, IndexError, ZeroDivisionError):
        return None
    if not (BELIEVED[0] <= across <= BELIEVED[1]) or abs(across - down) > 0.02 * across:
        return None
    return across

"""PDFs made by hand: small, damaged at will, locked. Processes can import this quickly."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from inchify.documents.pdf_rendering import PageQuestion, Rendered, answer

_PAD = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


def plain_pdf(count: int, width: int = 144, height: int = 200) -> bytes:
    """Pages of that size in points; page k has a black bar of 10 x 10k points from (15, 15)."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{3 + 2 * page} 0 R" for page in range(count))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode())
    for page in range(count):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] "
            f"/Contents {4 + 2 * page} 0 R >>".encode()
        )
        objects.append(stream_object(f"15 15 10 {10 * (page % 15 + 1)} re f".encode()))
    return pdf_file(objects)


def pdf_of_page(content: bytes, entries: str = "", *, catalog: str = "", more: str = "") -> bytes:
    """One page of 144 x 200 points. ``entries`` of its dictionary and of the ``catalog`` may name
    object 5 (whose text is ``more``) and 6, a form that is a black square of 50 x 50 points."""
    black = b"0 0 50 50 re f"
    form = (
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 50 50] /Length %d >>\nstream\n%s\nendstream"
    )
    return pdf_file(
        [
            f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode(),
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 144 200] /Contents 4 0 R "
            + entries.encode()
            + b" >>",
            stream_object(content),
            more.encode() or b"null",
            form % (len(black), black),
        ]
    )


def packed_pdf(entries: str) -> bytes:
    """One page of 144 x 200 points, its dictionary with ``entries`` in a packed stream of objects,
    as PDF 1.5 has it."""
    inside = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 144 200] {entries} >>".encode(),
    ]
    starts = [sum(len(body) + 1 for body in inside[:place]) for place in range(3)]
    head = " ".join(f"{number} {start}" for number, start in enumerate(starts, 1)).encode()
    packed = zlib.compress(head + b" " + b" ".join(inside))
    content = b"%PDF-1.5\n"
    first = len(content)
    content += (
        b"4 0 obj\n<< /Type /ObjStm /N 3 /First %d /Filter /FlateDecode /Length %d >>\n"
        b"stream\n%s\nendstream\nendobj\n" % (len(head) + 1, len(packed), packed)
    )
    second = len(content)
    rows = [(0, 0, 255), *((2, 4, place) for place in range(3)), (1, first, 0), (1, second, 0)]
    table = b"".join(bytes((kind, *divmod(place, 256), last)) for kind, place, last in rows)
    return content + (
        b"5 0 obj\n<< /Type /XRef /Size 6 /W [1 2 1] /Root 1 0 R /Length %d >>\n"
        b"stream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % (len(table), table, second)
    )


def locked_pdf(password: str) -> bytes:
    """One page, encrypted by RC4 with 40 bits (PDF 1.4's way), so that it needs its password."""
    identity = hashlib.md5(b"a page").digest()
    padded = (password.encode() + _PAD)[:32]
    region = _rc4(hashlib.md5(padded).digest()[:5], padded)
    allowed = (-4).to_bytes(4, "little", signed=True)
    key = hashlib.md5(padded + region + allowed + identity).digest()[:5]
    user = _rc4(key, _PAD)
    content = b"15 15 50 50 re f"
    object_key = hashlib.md5(key + (4).to_bytes(3, "little") + (0).to_bytes(2, "little")).digest()[
        :10
    ]
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 144 200] /Contents 4 0 R >>",
        stream_object(_rc4(object_key, content)),
        f"<< /Filter /Standard /V 1 /R 2 /O <{region.hex()}> /U <{user.hex()}> /P -4 >>".encode(),
    ]
    more = f"/Encrypt 5 0 R /ID [<{identity.hex()}> <{identity.hex()}>]"
    return pdf_file(objects, more)


def spoilt_tiff(path: Path, frames: Sequence[Image.Image]) -> None:
    """A TIFF one of whose frames cannot be unpacked: the second that is stored."""
    packing = "tiff_adobe_deflate"
    frames[0].save(path, save_all=True, append_images=frames[1:], compression=packing)
    content = bytearray(path.read_bytes())
    streams = [place for place in range(len(content)) if content[place : place + 2] == b"x\x9c"]
    content[streams[1] + 2 : streams[1] + 12] = b"\xff" * 10
    path.write_bytes(bytes(content))


def stream_object(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)


def pdf_file(objects: list[bytes], more: str = "") -> bytes:
    content, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    content += b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = (
        f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {more} >>\nstartxref\n{start}\n%%EOF"
    )
    return content + trailer.encode()


def _rc4(key: bytes, content: bytes) -> bytes:
    state, second = list(range(256)), 0
    for place in range(256):
        second = (second + state[place] + key[place % len(key)]) % 256
        state[place], state[second] = state[second], state[place]
    out, first, second = bytearray(), 0, 0
    for byte in content:
        first = (first + 1) % 256
        second = (second + state[first]) % 256
        state[first], state[second] = state[second], state[first]
        out.append(byte ^ state[(state[first] + state[second]) % 256])
    return bytes(out)


def troubled(question: PageQuestion) -> int | Rendered | str:
    """A renderer that crashes on page 2 and computes for ever, in C, on page 3."""
    if question.number == 2:
        os.abort()
    if question.number == 3:
        sum(iter(int, 1))
    return answer(question)

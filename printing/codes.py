"""QR codes and bar codes as plain patterns, for PDF and for pictures in Word and Excel."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

from PIL import Image
from reportlab.graphics.barcode import code128, qrencoder


@lru_cache(maxsize=64)
def qr(text: str) -> tuple[tuple[bool, ...], ...]:
    """The modules of the QR code of ``text`` (UTF-8, level M), without quiet zone; empty if too long."""
    code = qrencoder.QRCode(None, qrencoder.QRErrorCorrectLevel.M)
    try:
        code.addData(qrencoder.QR8bitByte(text.encode()))
        code.make()
    except (ValueError, IndexError, TypeError, AttributeError):
        return ()
    return tuple(tuple(map(bool, row)) for row in code.modules)


@lru_cache(maxsize=64)
def bars(text: str) -> tuple[tuple[float, float], ...]:
    """Code 128 of ``text``: (left edge, width) of each bar in modules; empty if it holds other than ASCII."""
    if not text or not text.isascii() or not text.isprintable():
        return ()
    code = code128.Code128(text, barWidth=1, quiet=False)
    code.validate()
    code.encode()
    code.decompose()
    result, left = [], 0
    for sign in code.decomposed:
        width = "abcdefghijklmnopqrstuvwxyz".find(sign.lower()) + 1
        if sign.isupper():
            result.append((float(left), float(width)))
        left += width
    return tuple(result)


def qr_picture(text: str, *, module: int = 6) -> bytes | None:
    """A PNG of the QR code with its quiet zone of four modules; None if ``text`` is too long for one."""
    modules = qr(text)
    if not modules:
        return None
    side = len(modules) + 8
    image = Image.new("1", (side, side), 1)
    for y, row in enumerate(modules):
        for x, dark in enumerate(row):
            if dark:
                image.putpixel((x + 4, y + 4), 0)
    stream = BytesIO()
    image.resize((side * module, side * module)).save(stream, "PNG")
    return stream.getvalue()

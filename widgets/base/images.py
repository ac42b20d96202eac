"""Pictures from files that anybody may have made: read within limits, made small, on any thread.

A picture's head promises its size before a byte of it is unpacked, so that one that would fill the memory is turned
away in words; JPEG is unpacked at the size wanted at once. What reads PDF files is loaded with the first of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

from services.errors import Refused
from services.language import mark

MOST_PIXELS: Final = 100_000_000
"""The largest cameras stay below; beyond it, a picture is a bomb."""
MOST_MEGABYTES: Final = 512
"""What unpacking one picture may take: MOST_PIXELS of four bytes, and as much to turn it upright as there is."""
THUMBNAIL: Final = 256
"""Longest side of a thumbnail in pixels."""
THUMBNAIL_BYTES: Final = 131_072
"""The server takes no larger one."""
PREVIEWED: Final = 64 * 1_048_576
"""Bytes of a file that is fetched for a preview, at most."""
PICTURE_FILES: Final = "*.png *.jpg *.jpeg *.gif *.bmp *.webp"


def read_picture(data: bytes, *, longest: int | None = None) -> QImage:
    """The picture in ``data``, upright, its longest side at most ``longest`` pixels. Refused if it is none, is
    damaged, or is larger than a screen will ever show."""
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setDecideFormatFromContent(True)
    reader.setAutoDetectImageFormat(True)
    reader.setAutoTransform(True)
    QImageReader.setAllocationLimit(MOST_MEGABYTES)
    size = reader.size()
    if not reader.canRead() or not size.isValid():
        raise Refused(mark("This is no picture, or one of a kind that cannot be shown here."))
    if size.width() * size.height() > MOST_PIXELS:
        raise Refused(
            mark("This picture is too large to be shown: {width} × {height} points."),
            width=size.width(),
            height=size.height(),
        )
    if longest is not None and max(size.width(), size.height()) > longest:
        reader.setScaledSize(size.scaled(longest, longest, Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    if image.isNull():
        raise Refused(mark("This picture is damaged."))
    return image


def as_png(image: QImage) -> bytes:
    """``image`` as a PNG file."""
    return _written(image, "PNG", -1)


def thumbnail(source: bytes | Path) -> bytes | None:
    """A small picture of a file's contents (a picture, the first page of a PDF); None where it has none."""
    try:
        if isinstance(source, Path):
            if source.stat().st_size > PREVIEWED:
                return None
            source = source.read_bytes()
        image = (
            _first_page(source)
            if source[:1024].find(b"%PDF-") >= 0
            else read_picture(source, longest=THUMBNAIL)
        )
    except (OSError, Refused):
        return None
    if image is None:
        return None
    small = _written(image, "PNG", -1) if image.hasAlphaChannel() else _written(image, "JPEG", 85)
    return small if len(small) <= THUMBNAIL_BYTES else None


def _first_page(pdf: bytes) -> QImage | None:
    try:
        return pdf_page(pdf, 0, longest=THUMBNAIL)
    except Refused:
        return None


def pdf_page(pdf: bytes, number: int, *, longest: int) -> QImage:
    """Page ``number`` (from 0) of a PDF file, its longest side ``longest`` pixels. Refused if it cannot be read."""
    from printing.pages import page_image, page_sizes

    try:
        width, height = page_sizes(pdf)[number]
        return page_image(pdf, number, (longest - 0.5) / max(width, height, 1) * 25.4)
    except Exception as error:  # PDFium says what is wrong with a file in errors of many kinds
        raise Refused(
            mark("This PDF file cannot be shown: it is damaged or locked by a password.")
        ) from error


def pdf_pages(pdf: bytes) -> int:
    """How many pages a PDF file has; Refused if it cannot be read."""
    from printing.pages import page_sizes

    try:
        return len(page_sizes(pdf))
    except Exception as error:  # as above
        raise Refused(
            mark("This PDF file cannot be shown: it is damaged or locked by a password.")
        ) from error


def _written(image: QImage, form: str, quality: int) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, form, quality)  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def fitted(size: QSize, into: QSize) -> QSize:
    """``size`` made smaller, never larger, to stand inside ``into``."""
    if size.width() <= into.width() and size.height() <= into.height():
        return size
    return size.scaled(into, Qt.AspectRatioMode.KeepAspectRatio)

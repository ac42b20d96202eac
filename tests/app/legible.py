"""What a person could not read or reach on a page: texts that are cut, and buttons that do not say what they do."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QStyle,
    QStyleOptionComboBox,
    QToolButton,
    QWidget,
)

SLACK = 2
"""Pixels that rounding may take."""


def faults(page: QWidget) -> list[str]:
    """What is wrong on ``page`` as it is shown now, in words."""
    found = []
    for widget in page.findChildren(QWidget):
        if widget.isVisibleTo(page) and widget.width() and not _inside_a_table(widget):
            found += list(_of(widget))
    return found


def _inside_a_table(widget: QWidget) -> bool:
    """Headers and editors of cells elide by themselves."""
    above: QWidget | None = widget.parentWidget()
    while above is not None:
        if isinstance(above, QAbstractItemView):
            return True
        above = above.parentWidget()
    return False


def _of(widget: QWidget) -> Iterator[str]:
    if isinstance(widget, QScrollArea) and widget.horizontalScrollBar().maximum() > 0:
        yield f"{_name(widget)}: scrolls sideways by {widget.horizontalScrollBar().maximum()} pixels"
    if isinstance(widget, QLabel) and widget.text() and not widget.wordWrap():
        yield from _cut(widget, widget.text())
    elif isinstance(widget, QLabel) and widget.text():
        yield from _cut_below(widget)
    elif isinstance(widget, QPushButton | QToolButton | QCheckBox | QRadioButton):
        if widget.text():
            yield from _cut(widget, widget.text())
        elif not widget.toolTip() and not isinstance(widget.parentWidget(), QComboBox | QAbstractSpinBox):
            yield from _silent(widget)
    elif isinstance(widget, QComboBox) and not widget.isEditable():
        yield from _cut_choice(widget)


def _name(widget: QWidget) -> str:
    above = widget.parentWidget()
    return f"{type(widget).__name__} in {type(above).__name__}"


def _cut(widget: QWidget, text: str) -> Iterator[str]:
    if widget.toolTip() or "…" in text:
        return  # elided on purpose, the whole is in the tip
    if widget.sizeHint().width() > widget.width() + SLACK:
        yield f"{_name(widget)}: {text!r} needs {widget.sizeHint().width()}, has {widget.width()} pixels"
        return
    yield from _covered(widget, text)


def _covered(widget: QWidget, text: str) -> Iterator[str]:
    """Cut by what it stands in: its right end is outside of a parent that does not scroll."""
    above = widget.parentWidget()
    end = QPoint(min(widget.width(), widget.sizeHint().width()), 0)
    while above is not None and not above.isWindow():
        if isinstance(above, QAbstractScrollArea):
            bar = above.horizontalScrollBarPolicy()
            if bar != Qt.ScrollBarPolicy.ScrollBarAlwaysOff:
                return
        if widget.mapTo(above, end).x() > above.width() + SLACK:
            yield f"{_name(widget)}: {text!r} goes over the edge of {type(above).__name__}"
            return
        above = above.parentWidget()


def _cut_below(label: QLabel) -> Iterator[str]:
    needs = label.heightForWidth(label.width())
    if not label.toolTip() and needs > label.height() + SLACK:
        yield f"{_name(label)}: {label.text()!r} needs {needs}, has {label.height()} pixels in height"


def _silent(button: QAbstractButton) -> Iterator[str]:
    within = button.parentWidget()
    if isinstance(within, QLineEdit) and button.x() < within.width() // 2:
        return  # the picture at the beginning of a search box is no button
    if button.icon().isNull() or button.objectName().startswith("qt_") or button.width() < 8:
        return
    yield f"{_name(button)}: a picture without a tip"


def _cut_choice(box: QComboBox) -> Iterator[str]:
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    room = box.style().subControlRect(
        QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, box
    )
    # to the end of what is drawn: a full-width bracket closes in its left half
    needs = box.fontMetrics().boundingRect(box.currentText()).right() + 1
    if not box.toolTip() and needs > room.width() + SLACK:
        yield f"{_name(box)}: {box.currentText()!r} needs {needs}, has {room.width()} pixels"

"""Province, city and district: picked step by step, or typed: 重庆 渝中, cq yz, yuzhong."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from services.regions import children, find, label, region
from widgets.base.editors.pick import PickEditor
from widgets.base.editors.popup import Option


class RegionEditor(PickEditor):
    """The six digits of a division. Picking a province from the whole list offers its cities next, and so on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._below: str | None = None
        super().__init__(parent)

    def options(self, words: str) -> Sequence[Option]:
        """Provinces, or those below what is picked; with words, all that answer."""
        if words.strip():
            self._below = None
            return [Option(each.code, each.label) for each in find(words)]
        listed = children(self._below)
        return [Option(each.code, each.name, detail="›" if children(each.code) else "") for each in listed]

    def label_of(self, value: object) -> str:
        """With the names above it."""
        return label(str(value))

    def show_list(self, words: str) -> None:
        """Without words, the neighbours of what is picked."""
        if not words.strip():
            now = region(self._value) if isinstance(self._value, str) else None
            self._below = _listed_under(now.code) if now else None
        super().show_list(words)

    def _chosen(self, option: Option) -> None:
        stepping = not self.line.text().strip() or not self._open
        super()._chosen(option)
        code = str(option.value)
        if stepping and children(code) and self.line.hasFocus():
            self._below = code
            found = list(self.options(""))
            # nothing marked: Enter goes on with what is picked, Down goes into the next level
            self.popup.list.clearSelection()
            self.popup.offer(found, select=-1)


def _listed_under(code: str) -> str | None:
    """The division in whose list ``code`` stands; None for a province."""
    found = region(code)
    while found is not None and found.parent is not None:
        if any(each.code == code for each in children(found.parent)):
            parent = region(found.parent)
            # the level that nobody says shows the same list as the one above it
            return parent.parent if parent and parent.parent and len(parent.path) == 1 else found.parent
        found = region(found.parent)
    return None

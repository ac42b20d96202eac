"""Text in its kinds: one line, several lines, phone, e-mail, address on the web."""

from __future__ import annotations

import re

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from services.language import tr
from widgets.base.editors.base import Editor, LineEditor
from widgets.base.style import text_size


class TextEditor(LineEditor):
    """One line; blanks around it are not kept, an empty one is None."""

    def __init__(self, parent: QWidget | None = None, *, length: int | None = None) -> None:
        super().__init__(parent)
        if length is not None:
            self.line.setMaxLength(length)
        self.take_input(self.line)

    def understand(self, text: str) -> object:
        """The text itself."""
        return text.strip() or None


class Lines(QWidget):
    """``edit`` at a height of about ``lines`` lines: the style sheet's least height of inputs overrides its own."""

    def __init__(self, edit: QPlainTextEdit, lines: int) -> None:
        super().__init__()
        self.setFixedHeight(round(text_size() * 1.5 * lines) + 16)
        edit.setTabChangesFocus(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(edit)


class LongTextEditor(Editor):
    """Several lines. Ctrl+Enter moves on, because Enter begins a line."""

    def __init__(self, parent: QWidget | None = None, *, length: int | None = None) -> None:
        super().__init__(parent)
        self.text = QPlainTextEdit()
        self._length = length
        self._silent = False
        self.text.textChanged.connect(self._edited)
        self.take_input(self.text)
        self._row.addWidget(Lines(self.text, 4), 1)

    def value(self) -> object:
        """The text without blanks at its end."""
        return self.text.toPlainText().rstrip() or None

    def set_value(self, value: object) -> None:
        """Show the text ``value``."""
        self._silent = True
        self.text.setPlainText("" if value is None else str(value))
        self._silent = False

    def set_read_only(self, read_only: bool) -> None:
        """Read-only text can still be marked and copied."""
        self.text.setReadOnly(read_only)

    def set_placeholder(self, text: str) -> None:
        """Grey words in an empty field."""
        self.text.setPlaceholderText(text)

    def problem(self) -> str | None:
        """Too long."""
        if self._length is not None and len(self.text.toPlainText()) > self._length:
            return tr("At most {length} characters.", length=self._length)
        return None

    def key_pressed(self, event: QKeyEvent) -> bool:
        """Enter belongs to the text."""
        return False

    def _edited(self) -> None:
        if not self._silent:
            self.set_error(None)
            self.changed.emit()


def phone_address(phone: str) -> QUrl:
    """tel: with the digits of the first number alone; an extension is left to be dialled by hand."""
    first = re.split(r"[转,，;；/、]|ext", phone, maxsplit=1)[0]
    return QUrl("tel:" + "".join(sign for sign in first if sign.isdecimal() or sign == "+"))


class LinkEditor(TextEditor):
    """Text with a button that does something with it: call, write, open."""

    picture = "link"

    def __init__(self, parent: QWidget | None = None, *, length: int | None = None) -> None:
        super().__init__(parent, length=length)
        self.button = self.inside(self.line, self.picture, self.open)
        self.changed.connect(self._enable)
        self._enable()
        self.retranslate()

    def set_value(self, value: object) -> None:
        """Show ``value``."""
        super().set_value(value)
        self._enable()

    def address(self) -> QUrl:
        """Where the button leads."""
        raise NotImplementedError

    def tip(self) -> str:
        """What the button does."""
        raise NotImplementedError

    def open(self) -> None:
        """Hand the address to the system."""
        QDesktopServices.openUrl(self.address())

    def retranslate(self) -> None:
        """Name the button."""
        self.button.setText(self.tip())
        self.button.setToolTip(self.tip())

    def _enable(self) -> None:
        usable = self._value is not None and self._problem is None
        self.button.setEnabled(usable)
        self.button.setVisible(usable)


class PhoneEditor(LinkEditor):
    """A phone number; the button calls it through the system's phone program (tel:)."""

    picture = "phone-call"

    def understand(self, text: str) -> object:
        """Full-width digits become ordinary ones; anything without a digit is no phone."""
        value = text.strip().translate({0xFF10 + n: str(n) for n in range(10)})
        if value and not any(c.isdecimal() for c in value):
            raise ValueError(text)
        return value or None

    def complaint(self) -> str:
        """No digits."""
        return tr("A phone number has digits, such as 138 0793 0001 or 0793-8226618.")

    def address(self) -> QUrl:
        """The number."""
        return phone_address(str(self._value or ""))

    def tip(self) -> str:
        """Calls."""
        return tr("Call this number")


class EmailEditor(LinkEditor):
    """An e-mail address."""

    picture = "mail"

    def understand(self, text: str) -> object:
        """One @ with something on both sides."""
        value = text.strip().replace("＠", "@")
        if value and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", value):
            raise ValueError(text)
        return value or None

    def complaint(self) -> str:
        """What it should look like."""
        return tr("An e-mail address looks like name@company.com.")

    def address(self) -> QUrl:
        """A new mail."""
        return QUrl(f"mailto:{self._value}")

    def tip(self) -> str:
        """Writes."""
        return tr("Write an e-mail")


class UrlEditor(LinkEditor):
    """An address on the web."""

    picture = "external-link"

    def understand(self, text: str) -> object:
        """Anything with a dot and without blanks; only http and https are ever opened."""
        value = text.strip()
        scheme, mark_, _rest = value.partition("://")
        if value and (
            " " in value or "." not in value or (mark_ and scheme.lower() not in ("http", "https"))
        ):
            raise ValueError(text)
        return value or None

    def complaint(self) -> str:
        """What it should look like."""
        return tr("A website looks like www.company.com.")

    def address(self) -> QUrl:
        """With https where no scheme was typed; nothing that is not a website."""
        value = str(self._value or "")
        scheme, found, _rest = value.partition("://")
        if found:
            return QUrl(value) if scheme.lower() in ("http", "https") else QUrl()
        return QUrl(f"https://{value}")

    def tip(self) -> str:
        """Opens."""
        return tr("Open the website")

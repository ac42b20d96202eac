"""Days and moments, typed in short or picked from a calendar."""

from __future__ import annotations

from datetime import date, datetime, time

from PySide6.QtCore import QDate, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCalendarWidget, QFrame, QVBoxLayout, QWidget

from services.clock import CHINA, today
from services.language import tr
from services.typed import day, moment
from widgets.base.editors.base import LineEditor


class _CalendarPopup(QFrame):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("card", True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.calendar = QCalendarWidget()
        self.calendar.setGridVisible(False)
        self.calendar.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
        self.calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self.calendar)


class DateEditor(LineEditor):
    """A day. Understands 2026-11-21, 11-21, 21, t, 今天, +7; Alt+Down or the button opens a calendar."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.take_input(self.line)
        self.button = self.inside(self.line, "calendar", self.open_calendar)
        self._popup: _CalendarPopup | None = None
        self.retranslate()

    def understand(self, text: str) -> object:
        """The day, from today."""
        return day(text, today())

    def show_as(self, value: object) -> str:
        """ISO, as it is written in China too."""
        return value.isoformat() if isinstance(value, date) else str(value)

    def complaint(self) -> str:
        """What it should look like."""
        return tr("This is not a day. Type 2026-11-21, 11-21, 21, t for today, or +7 for a week from now.")

    def set_read_only(self, read_only: bool) -> None:
        """Without the calendar."""
        super().set_read_only(read_only)
        self.button.setVisible(not read_only)

    def key_pressed(self, event: QKeyEvent) -> bool:
        """Alt+Down opens the calendar."""
        if event.key() == Qt.Key.Key_Down and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.open_calendar()
            return True
        return super().key_pressed(event)

    def open_calendar(self) -> None:
        """Show the calendar below the field."""
        if self.line.isReadOnly():
            return
        popup = _CalendarPopup(self)
        shown = self._day() or today()
        popup.calendar.setSelectedDate(QDate(shown.year, shown.month, shown.day))
        popup.calendar.clicked.connect(self._picked)
        popup.calendar.activated.connect(self._picked)
        popup.move(self.line.mapToGlobal(QPoint(0, self.line.height() + 2)))
        popup.show()
        popup.calendar.setFocus()
        self._popup = popup

    def retranslate(self) -> None:
        """Name the button."""
        self.button.setToolTip(tr("Pick from the calendar (Alt+Down)"))
        self.button.setText(tr("Pick from the calendar (Alt+Down)"))

    def _day(self) -> date | None:
        return self._value if isinstance(self._value, date) else None

    def _text_of(self, chosen: date) -> str:
        return chosen.isoformat()

    def _picked(self, picked: QDate) -> None:
        if self._popup is not None:
            self._popup.close()
            self._popup = None
        self.line.setText(self._text_of(date(picked.year(), picked.month(), picked.day())))
        self._edited(self.line.text())
        self.line.setFocus()


class TimeEditor(DateEditor):
    """A moment in the company's time. Understands a day with a time: 11-21 14:30, t 9, 明天 下午2:30."""

    def understand(self, text: str) -> object:
        """The moment, from now."""
        return moment(text, datetime.now(CHINA))

    def show_as(self, value: object) -> str:
        """The company's time, to the minute."""
        if isinstance(value, datetime):
            return value.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
        return str(value)

    def complaint(self) -> str:
        """What it should look like."""
        return tr("This is not a day with a time. Type 2026-11-21 14:30, 11-21 9, or t 14:30 for today.")

    def _day(self) -> date | None:
        return self._value.astimezone(CHINA).date() if isinstance(self._value, datetime) else None

    def _text_of(self, chosen: date) -> str:
        at = self._value.astimezone(CHINA).time() if isinstance(self._value, datetime) else time(9)
        return f"{chosen.isoformat()} {at:%H:%M}"

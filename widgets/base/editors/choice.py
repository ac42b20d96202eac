"""Yes or no, a choice of the dictionary, a state, a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtWidgets import QCheckBox, QLabel, QWidget

from services.language import tr
from services.session import Dictionary
from services.spelling import best
from widgets.base.editors.base import Editor
from widgets.base.editors.pick import PickEditor
from widgets.base.editors.popup import Option


class YesNoEditor(Editor):
    """A box to tick; never empty."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = QCheckBox()
        self.box.setProperty("input", True)
        self.box.clicked.connect(self._clicked)
        self.take_input(self.box)
        self.retranslate()

    def value(self) -> object:
        """True or False."""
        return self.box.isChecked()

    def set_value(self, value: object) -> None:
        """None counts as no."""
        self.box.setChecked(bool(value))

    def words(self, value: object) -> str:
        """Yes or no."""
        return tr("Yes") if value else tr("No")

    def set_read_only(self, read_only: bool) -> None:
        """Grey."""
        self.box.setEnabled(not read_only)

    def retranslate(self) -> None:
        """The word beside the box."""
        self.box.setText(tr("Yes"))

    def _clicked(self) -> None:
        self.set_error(None)
        self.changed.emit()


DictionarySource = Callable[[], Dictionary]
"""Asked each time, because the client's dictionary is replaced when somebody changes it."""


class ChoiceEditor(PickEditor):
    """A key of the dictionary's ``kind``; found by name in both languages, pinyin and initials."""

    def __init__(self, dictionary: DictionarySource, kind: str, parent: QWidget | None = None) -> None:
        self._dictionary = dictionary
        self._kind = kind
        super().__init__(parent)

    def options(self, words: str) -> Sequence[Option]:
        """The active choices of the kind, in the dictionary's order; without words as the tree that they are."""
        dictionary = self._dictionary()
        choices = dictionary.of(self._kind)
        if not words:
            return [
                Option(choice.key, choice.label, colour=choice.colour, depth=depth)
                for choice, depth in dictionary.tree(choices)
            ]
        found = best(words, choices, lambda choice: choice.zh)
        if words.isascii():
            found = list(dict.fromkeys([*found, *best(words, choices, lambda choice: choice.en)]))
        return [
            Option(choice.key, choice.label, self._above(choice.parent_key), colour=choice.colour)
            for choice in found
        ]

    def _above(self, key: str | None) -> str:
        """Below what a choice of a tree stands, such as an industry."""
        return self._dictionary().label(key) if key else ""

    def label_of(self, value: object) -> str:
        """Closed choices too."""
        return self._dictionary().label(str(value))


class LabelEditor(PickEditor):
    """One of a few fixed words of the program, such as company or individual; ``labels`` are English sources."""

    def __init__(self, labels: Mapping[str, str], parent: QWidget | None = None) -> None:
        self._labels = labels
        super().__init__(parent)

    def options(self, words: str) -> Sequence[Option]:
        """All that answer."""
        return [Option(key, tr(self._labels[key])) for key in best(words, self._labels, self.label_of)]

    def label_of(self, value: object) -> str:
        """In the language in force."""
        return tr(self._labels.get(str(value), str(value)))


class StateEditor(Editor):
    """A document's state: shown as a chip, changed by actions only."""

    GOOD = frozenset(
        {"confirmed", "posted", "paid", "shipped", "received", "delivered", "signed", "done", "active"}
    )
    BAD = frozenset({"reversed", "cancelled", "refused", "void", "overdue", "closed"})

    def __init__(self, labels: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._labels = labels
        self._value: object = None
        self.chip = QLabel()
        self.body.insertWidget(0, self.chip, 0)
        self.body.setAlignment(self.chip, self.chip.alignment())
        self.chip.setSizePolicy(self.chip.sizePolicy().Policy.Maximum, self.chip.sizePolicy().Policy.Maximum)

    def value(self) -> object:
        """The state's key."""
        return self._value

    def set_value(self, value: object) -> None:
        """Show the state."""
        self._value = value
        tone = "good" if value in self.GOOD else "bad" if value in self.BAD else "waiting"
        self.chip.setProperty("chip", tone)
        self.retranslate()

    def words(self, value: object) -> str:
        """The state's title."""
        return "" if value is None else tr(self._labels.get(str(value), str(value)))

    def set_read_only(self, read_only: bool) -> None:
        """It always is."""

    def retranslate(self) -> None:
        """The state's title."""
        value = str(self._value or "")
        self.chip.setText(tr(self._labels.get(value, value)))


class UserEditor(PickEditor):
    """A person of the office, found by name, pinyin and initials; those whose login is closed are not offered."""

    def __init__(self, dictionary: DictionarySource, parent: QWidget | None = None) -> None:
        self._dictionary = dictionary
        super().__init__(parent)

    def options(self, words: str) -> Sequence[Option]:
        """Active people."""
        dictionary = self._dictionary()
        found = best(words, dictionary.active_users, dictionary.user)
        return [Option(user_id, dictionary.user(user_id)) for user_id in found]

    def label_of(self, value: object) -> str:
        """The name, of closed ones too."""
        return self._dictionary().user(value) if isinstance(value, int) else str(value)

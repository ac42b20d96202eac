"""Colours, sizes and the one style sheet: what the program looks like.

Every colour on a screen is a token of the style in force; ``resources/styles/NAME.toml`` gives the values,
``resources/styles/shuke.qss`` uses them. Widgets that paint themselves ask ``tokens()`` at paint time, so
that a new style shows at once. Fusion is the base because it draws the same on every platform; the palette
serves what the style sheet does not name.

States are dynamic properties, never colours set by hand::

    label.setProperty("chip", "good")          # good, waiting, bad, neutral, accent
    button.setProperty("primary", True)
    frame.setProperty("card", True)
    label.setProperty("role", "muted")         # muted, small, title, heading, figure, large, key
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
import tomllib
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from string import Template
from typing import Final

from PySide6.QtCore import QDir, QObject, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QStyle, QStyleFactory, QWidget

from resources import FOLDER
from services.language import mark
from widgets.base.sleeping import Change

STYLES: Final = {
    "light": mark("Light"),
    "dark": mark("Dark"),
    "blue": mark("Blue"),
    "green": mark("Green"),
    "high_contrast": mark("High contrast"),
}
"""Styles in the order in which they are offered, with their titles."""

TEXT_SIZES: Final = {12: mark("Small"), 13: mark("Normal"), 15: mark("Large"), 18: mark("Very large")}
"""Height of body text in device-independent pixels, with titles."""

FAMILY: Final = "Shuke Sans SC"
RATIO: Final = 4.5
"""Least contrast of text on its background (WCAG 2.1, 1.4.3)."""
HIGH_RATIO: Final = 7.0
"""The same in the style of high contrast (WCAG 2.1, 1.4.6)."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Colours of one style as ``#rrggbb``. The names say where they are used."""

    name: str
    dark: bool
    ink: str
    muted: str
    line: str
    strong_line: str
    """Borders of inputs and buttons."""
    ground: str
    """Behind cards."""
    strip: str
    """Behind tabs."""
    card: str
    rail: str
    head: str
    header: str
    """Table headers and card heads."""
    hover: str
    selected: str
    accent: str
    accent_hover: str
    on_accent: str
    link: str
    focus: str
    good: str
    good_ground: str
    waiting: str
    waiting_ground: str
    bad: str
    bad_ground: str
    neutral: str
    neutral_ground: str
    badge: str
    on_badge: str
    tip: str
    on_tip: str
    rail_ink: str
    rail_muted: str
    rail_hover: str
    rail_selected: str
    rail_link: str
    chart: tuple[str, ...]
    """Series of charts, in order."""

    @property
    def ratio(self) -> float:
        """Least contrast of text in this style."""
        return HIGH_RATIO if self.name == "high_contrast" else RATIO

    def color(self, token: str) -> QColor:
        """The token's colour; AttributeError for an unknown one."""
        return QColor(getattr(self, token))


PAIRS: Final = (
    *((ink, ground) for ink in ("ink", "muted") for ground in ("card", "ground", "head", "header", "hover")),
    ("ink", "selected"),
    ("ink", "strip"),
    *(("link", ground) for ground in ("card", "ground", "selected", "hover", "header")),
    *((state, f"{state}_ground") for state in ("good", "waiting", "bad", "neutral")),
    *((state, ground) for state in ("good", "waiting", "bad") for ground in ("card", "ground")),
    ("muted", "strip"),
    ("muted", "selected"),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("on_badge", "badge"),
    ("on_tip", "tip"),
    *((ink, ground) for ink in ("rail_ink", "rail_muted") for ground in ("rail", "rail_hover")),
    ("rail_link", "rail_selected"),
)
"""Every (text, background) pair of tokens that the style sheet or a painted widget uses."""


class _Notice(QObject):
    changed = Signal()


@dataclass(slots=True)
class _Now:
    tokens: Tokens | None = None
    text_size: int = 13
    notice: _Notice | None = None
    images: Path | None = None
    change: Change | None = None
    asked: tuple[str, int] | None = None


_now = _Now()


@cache
def load_tokens(name: str) -> Tokens:
    """Tokens of the style ``name``; ValueError if it is not one of STYLES."""
    if name not in STYLES:
        raise ValueError(f"unknown style {name!r}")
    values = tomllib.loads((FOLDER / "styles" / f"{name}.toml").read_text("utf-8"))
    values["chart"] = tuple(values["chart"])
    for token, default in (
        ("rail_ink", "ink"),
        ("rail_muted", "muted"),
        ("rail_hover", "hover"),
        ("rail_selected", "selected"),
        ("rail_link", "link"),
    ):
        values.setdefault(token, values[default])
    return Tokens(name=name, **values)


def tokens() -> Tokens:
    """Tokens of the style in force (light before any was applied)."""
    return _now.tokens or load_tokens("light")


def text_size() -> int:
    """Height of body text in force, in device-independent pixels."""
    return _now.text_size


def style_notice() -> _Notice:
    """Object whose ``changed`` signal is sent after another style or text size was applied."""
    if _now.notice is None:
        _now.notice = _Notice()
    return _now.notice


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours ``#rrggbb``, 1 to 21 (WCAG 2.1, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def apply_style(app: QApplication, name: str, text_size: int = 13) -> None:
    """Give the whole program the style ``name`` with body text of ``text_size`` pixels, at once.

    ``name`` is a key of STYLES, else ValueError; ``text_size`` is 10 to 24.
    """
    change_style(app, name, text_size)
    _change(app).finish()


def change_style(app: QApplication, name: str, text_size: int = 13) -> None:
    """The same while somebody works: soon, what is on the screen at once and all the rest in later turns of the event
    loop or when it is shown."""
    if not 10 <= text_size <= 24:
        raise ValueError(f"text size {text_size} is not between 10 and 24")
    chosen = load_tokens(name)
    if _now.tokens is None:  # app.style() answers with the sheet's own style as soon as there is a sheet
        fusion = QStyleFactory.create("Fusion")
        assert isinstance(fusion, QStyle)
        app.setStyle(fusion)
        # Widgets made before the first sheet would otherwise keep the platform's font.
        app.setStyleSheet("* {}")
    _write_images(chosen)
    sheet = _sheet(chosen, text_size)
    _now.asked = (name, text_size)

    def put_on() -> None:
        _now.tokens, _now.text_size = chosen, text_size
        app.setFont(_font(text_size))
        app.setPalette(_palette(chosen))
        # Qt gives a sheet that replaces another to each widget and again to all that is in it: a widget twelve
        # levels deep would be polished twelve times. Without one before, each is polished once.
        app.setStyleSheet("")
        app.setStyleSheet(sheet)

    _change(app).begin(put_on, style_notice().changed.emit)


def style_asked() -> tuple[str, int]:
    """Name and text size of the style in force, or of the one that is about to be."""
    return _now.asked or (tokens().name, text_size())


def style_settled() -> bool:
    """Whether no widget but those of hidden pages waits for a style any more."""
    return _now.change is None or not _now.change.running


def _change(app: QApplication) -> Change:
    if _now.change is None:
        _now.change = Change(app)
    return _now.change


def repolish(widget: QWidget) -> None:
    """Have the style sheet look at the dynamic properties of ``widget`` again after one was changed."""
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    widget.update()


@cache
def _families() -> list[str]:
    for weight in ("Regular", "Bold"):
        path = FOLDER / "fonts" / f"ShukeSansSC-{weight}.ttf"
        if path.exists():
            QFontDatabase.addApplicationFont(str(path))
    known = set(QFontDatabase.families())
    wanted = [FAMILY, "Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei UI", "Microsoft YaHei"]
    return [family for family in wanted if family in known]


def _font(size: int) -> QFont:
    font = QFont()
    if families := _families():
        font.setFamilies(families)
    font.setPixelSize(size)
    # Digits of one width, so that amounts stand under one another.
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def _palette(chosen: Tokens) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for target, token in (
        (role.Window, "ground"),
        (role.WindowText, "ink"),
        (role.Base, "card"),
        (role.AlternateBase, "header"),
        (role.Text, "ink"),
        (role.Button, "card"),
        (role.ButtonText, "ink"),
        (role.BrightText, "bad"),
        (role.Highlight, "selected"),
        (role.HighlightedText, "ink"),
        (role.Link, "link"),
        (role.LinkVisited, "link"),
        (role.ToolTipBase, "tip"),
        (role.ToolTipText, "on_tip"),
        (role.PlaceholderText, "muted"),
        (role.Accent, "accent"),
        (role.Mid, "line"),
        (role.Light, "card"),
        (role.Midlight, "line"),
        (role.Dark, "strong_line"),
    ):
        palette.setColor(target, chosen.color(token))
    faint = chosen.color("muted")
    for target in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, target, faint)
    return palette


def _sheet(chosen: Tokens, size: int) -> str:
    values = {item.name: getattr(chosen, item.name) for item in fields(chosen)}
    scale = size / 13
    for pixels in (11, 12, 13, 14, 16, 18, 20, 28):
        values[f"t{pixels}"] = f"{max(10, round(pixels * scale))}px"
    for pixels in (20, 24, 28, 30, 32):
        values[f"h{pixels}"] = f"{round(pixels * max(scale, 0.95))}px"
    values["check"] = f"{round(15 * max(scale, 1))}px"
    return Template((FOLDER / "styles" / "shuke.qss").read_text("utf-8")).substitute(values)


SPIN_MARGINS: Final = (6, 0, 0, 0)
"""Left, top, right, bottom of the text in a number box: style sheets give it no room of its own."""
_IMAGES: Final = {
    "down": ("chevron-down", "muted"),
    "up": ("chevron-up", "muted"),
    "right": ("chevron-right", "muted"),
    "left": ("chevron-left", "muted"),
    "check": ("check", "on_accent"),
    "partly": ("minus", "on_accent"),
    "dot": ("dot", "on_accent"),
    "close": ("x", "muted"),
    "calendar": ("calendar", "muted"),
}


def _write_images(chosen: Tokens) -> None:
    """Write the small arrows and ticks that a style sheet can only name as files, in the style's colours.

    Each style has its own folder: Qt caches images by name.
    """
    if _now.images is None:
        _now.images = Path(tempfile.mkdtemp(prefix="shuke-style-"))
        atexit.register(shutil.rmtree, _now.images, ignore_errors=True)
    folder = _now.images / chosen.name
    if not folder.exists():
        folder.mkdir()
        for target, (icon, token) in _IMAGES.items():
            text = (FOLDER / "icons" / f"{icon}.svg").read_text("utf-8")
            if target == "dot":
                # the icon's dot is a line's thickness, too little for a choice among several
                text = text.replace('r="1"', 'r="4" fill="currentColor"')
            (folder / f"{target}.svg").write_text(
                text.replace("currentColor", getattr(chosen, token)), "utf-8"
            )
    QDir.setSearchPaths("look", [str(_now.images)])

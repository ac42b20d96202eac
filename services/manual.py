"""The manual: chapters of Markdown under ``resources/help``, one folder per language, the same files in both."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from resources import FOLDER
from services.language import language

FOLDER_OF_HELP: Final = FOLDER / "help"
BEGINNING: Final = "01-getting-started"
_OF_DOMAIN: Final = {
    "customers": "03-customers",
    "activities": "04-follow-up",
    "products": "05-products",
    "sales": "06-orders",
    "stock": "07-stock",
    "purchasing": "07-stock",
    "finance": "08-payments",
    "delivery": "09-delivery",
    "organisation": "10-people-and-rights",
    "system": "12-settings",
}
_OF_PAGE: Final = {
    ("activities.workbench", "page"): BEGINNING,
    ("organisation.user", "personal"): BEGINNING,
    ("system.shortcuts", "page"): BEGINNING,
    ("system.recycle_bin", "page"): "11-history",
    ("system.history", "page"): "11-history",
    ("system.seal", "page"): "11-history",
    ("system.export_log", "list"): "11-history",
}
_OF_VIEW: Final = {"history": "11-history", "import": "02-lists"}


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a chapter under its heading, as Markdown; ``heading`` is empty for what stands before the first."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """``key`` is the file's name without ending, ``text`` the whole as Markdown."""

    key: str
    title: str
    text: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where words were found: the chapter, the heading there, the line that holds them."""

    chapter: Chapter
    heading: str
    line: str


def chapters() -> tuple[Chapter, ...]:
    """The manual in the language in force, in its order."""
    return _read(FOLDER_OF_HELP / language())


def chapter_of(entity: str, view: str) -> str:
    """Key of the chapter that tells of a page."""
    found = _OF_PAGE.get((entity, view)) or _OF_VIEW.get(view)
    return found or _OF_DOMAIN.get(entity.partition(".")[0], BEGINNING)


def find(words: str) -> list[Place]:
    """Sections that hold all of ``words`` (parted by spaces, case does not matter), headings before texts."""
    wanted = words.lower().split()
    if not wanted:
        return []
    in_heading, in_text = [], []
    for chapter in chapters():
        for section in chapter.sections:
            heading = section.heading or chapter.title
            if all(word in f"{chapter.title} {heading}".lower() for word in wanted):
                in_heading.append(Place(chapter, section.heading, ""))
            elif all(word in f"{chapter.title} {heading} {section.text}".lower() for word in wanted):
                in_text.append(Place(chapter, section.heading, _line(section.text, wanted)))
    return in_heading + in_text


def _line(text: str, wanted: list[str]) -> str:
    lines = [line.strip("-# *|").replace("**", "").replace("`", "") for line in text.splitlines()]
    for line in lines:
        at = line.lower().find(wanted[-1])
        if at >= 0:
            start = max(0, at - 16)
            return ("…" if start else "") + line[start : start + 60] + ("…" if len(line) > start + 60 else "")
    return ""


@cache
def _read(folder: Path) -> tuple[Chapter, ...]:
    found = []
    for file in sorted(folder.glob("*.md")):
        text = file.read_text(encoding="utf-8")
        heads = text.split("\n## ")
        title = heads[0].splitlines()[0].removeprefix("# ").strip()
        sections = [Section("", heads[0].partition("\n")[2])]
        for part in heads[1:]:
            heading, _newline, body = part.partition("\n")
            sections.append(Section(heading.strip(), body))
        kept = tuple(section for section in sections if section.heading or section.text.strip())
        found.append(Chapter(file.stem, title, text, kept))
    return tuple(found)

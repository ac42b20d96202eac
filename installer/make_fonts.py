"""Makes the two fonts of the program from Noto Sans SC. Run by hand when the font is renewed.

    npm pack @expo-google-fonts/noto-sans-sc@0.4.3 && tar xzf expo-google-fonts-noto-sans-sc-0.4.3.tgz
    python -m installer.make_fonts package Unihan_OtherMappings.txt

The second file is part of the Unicode database of Han characters (Debian: unicode-data); it lists the
8,105 characters of the standard of 2013 (property kTGH).

Regular keeps all 30,890 characters, because names of people and places are typed and must show whatever
they hold. Bold is for titles and totals: the 8,105 characters, GB2312 and the signs; a character it lacks is
drawn with Regular. The family is renamed, so that it can never be confused with a Noto that is installed
on the PC; "Source" is the only name that the licence reserves.
"""

from __future__ import annotations

import argparse
import bz2
import shutil
from collections.abc import Iterator
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

from resources import FOLDER

FAMILY = "Shuke Sans SC"
SIGNS = (
    (0x0020, 0x052F),  # Latin, Greek, Cyrillic
    (0x1E00, 0x1EFF),
    (0x2000, 0x2BFF),  # punctuation, currency, numbers in circles, arrows, boxes
    (0x3000, 0x33FF),  # Chinese punctuation, kana, units
    (0xFE30, 0xFE4F),
    (0xFF00, 0xFFEF),  # full width
)
KEPT_FEATURES = ["ccmp", "kern", "locl", "mark", "mkmk", "liga"]
"""Vertical writing and proportional punctuation are a third of the tables and never used."""


def standard_characters(unihan: Path) -> Iterator[int]:
    """The 8,105 characters of the Table of General Standard Chinese Characters (通用规范汉字表)."""
    data = unihan.read_bytes()
    text = (bz2.decompress(data) if unihan.suffix == ".bz2" else data).decode()
    for line in text.splitlines():
        parts = line.split("\t")
        if len(parts) == 3 and parts[1] == "kTGH":
            yield int(parts[0][2:], 16)


def gb2312_characters() -> Iterator[int]:
    """Every character of GB2312: two bytes, both from 0xA1 to 0xFE."""
    for high in range(0xA1, 0xFF):
        for low in range(0xA1, 0xFF):
            try:
                yield ord(bytes((high, low)).decode("gb2312"))
            except UnicodeDecodeError:
                continue


def rename(font: TTFont, style: str) -> None:
    """Give ``font`` the family's own name, in every language of its name table."""
    names = font["name"]
    values = {
        1: FAMILY,
        2: style,
        3: f"2.004;SHUKE;ShukeSansSC-{style}",
        4: FAMILY if style == "Regular" else f"{FAMILY} {style}",
        6: f"ShukeSansSC-{style}",
    }
    names.names = [record for record in names.names if record.nameID not in (*values, 16, 17, 21, 22, 25)]
    for number, text in values.items():
        names.setName(text, number, 3, 1, 0x409)
        names.setName(text, number, 1, 0, 0)


def make(source: Path, target: Path, style: str, characters: set[int] | None) -> int:
    """Write ``target`` from ``source`` with only ``characters`` (None: all); the number of characters."""
    font = TTFont(source)
    options = subset.Options()
    options.layout_features = KEPT_FEATURES
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.drop_tables += ["vhea", "vmtx", "DSIG", "meta"]
    chooser = subset.Subsetter(options)
    chooser.populate(unicodes=characters if characters is not None else set(font.getBestCmap()))
    chooser.subset(font)
    rename(font, style)
    font.save(target)
    return len(font.getBestCmap())


def main() -> None:
    """Write the fonts and their licence into ``resources/fonts``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("package", type=Path, help="the unpacked npm package")
    parser.add_argument("unihan", type=Path, help="Unihan_OtherMappings.txt, or .txt.bz2")
    arguments = parser.parse_args()
    target = FOLDER / "fonts"
    target.mkdir(exist_ok=True)
    bold = {*standard_characters(arguments.unihan), *gb2312_characters()}
    for first, last in SIGNS:
        bold.update(range(first, last + 1))
    for style, folder, characters in (("Regular", "400Regular", None), ("Bold", "700Bold", bold)):
        source = arguments.package / folder / f"NotoSansSC_{folder}.ttf"
        made = target / f"ShukeSansSC-{style}.ttf"
        count = make(source, made, style, characters)
        print(f"{made.name}: {count} characters, {made.stat().st_size / 1e6:.2f} MB")
    shutil.copyfile(arguments.package / "LICENSE_FONT", target / "OFL.txt")


if __name__ == "__main__":
    main()

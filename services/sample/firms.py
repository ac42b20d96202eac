"""Names, places, trades and addresses of the sample company's customers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from services.sample.people import person_names
from services.sample.seeds import BLOCK, Picker
from services.sample.vocabulary import Place, words

NUMERALS: Final = "一二三四五六七八九十"
WEST: Final = frozenset(
    [
        "重庆市",
        "四川省",
        "贵州省",
        "云南省",
        "陕西省",
        "甘肃省",
        "青海省",
        "湖北省",
        "湖南省",
        "河南省",
        "山西省",
        "河北省",
        "北京市",
        "天津市",
        "辽宁省",
        "吉林省",
        "黑龙江省",
        "宁夏回族自治区",
        "新疆维吾尔自治区",
        "西藏自治区",
        "广西壮族自治区",
        "内蒙古自治区",
    ]
)
"""Provinces of the Chongqing branch."""


class Firms:
    """Names, places, industries and addresses of a whole block of customers, as lists of BLOCK."""

    def __init__(
        self,
        rng: np.random.Generator,
        place: Picker,
        districts: list[tuple[list[str], list[str], Picker]],
        style: Picker,
        persons: list[bool],
    ) -> None:
        spots_of_place = place.indices(rng, BLOCK).tolist()
        self.places: list[Place] = [place.values[spot] for spot in spots_of_place]
        self.west = [1 if each.province in WEST else 0 for each in self.places]
        luck: list[list[float]] = rng.random((6, BLOCK)).tolist()
        spots: list[list[int]] = rng.integers(0, 1 << 30, (8, BLOCK)).tolist()
        people, _ = person_names(rng, BLOCK)
        styles = style.draw(rng, BLOCK)
        self.names: list[str] = []
        self.shorts: list[str] = []
        self.industries: list[str] = []
        self.regions: list[str] = []
        self.addresses: list[str] = []
        for i, (here, row, chance) in enumerate(
            zip(self.places, zip(*spots, strict=True), zip(*luck, strict=True), strict=True)
        ):
            codes, names, chooser = districts[spots_of_place[i]]
            spot = chooser.at(chance[0])
            district = names[spot]
            self.regions.append(codes[spot])
            self.addresses.append(_address(here, district, row, persons[i], chance[1]))
            if persons[i]:
                self._add(people[i], people[i], "household")
            elif chance[2] < words("companies")["public_share"]:
                self._add(*_public_name(here, district, row))
            else:
                industry, trades, endings, _ = styles[i]
                name, short = _company_name(here, district, trades, endings, row, chance[3], chance[4])
                self._add(name, short, industry)

    def _add(self, name: str, short: str, industry: str) -> None:
        self.names.append(name)
        self.shorts.append(short)
        self.industries.append(f"industry.{industry}")


def _public_name(place: Place, district: str, row: Sequence[int]) -> tuple[str, str, str]:
    public = words("companies")["public"]
    industry, kinds = public[row[0] % len(public)]
    kind = kinds[row[1] % len(kinds)].replace("第", "第" + NUMERALS[row[2] % len(NUMERALS)], 1)
    name = (district or place.short) + kind
    return name, name if len(name) <= 6 else place.short + kind[-4:], industry


def _company_name(
    place: Place, district: str, trades: list[str], endings: list[str], row: Sequence[int],
    luck: float, more: float,
) -> tuple[str, str]:  # fmt: skip
    first, second, third = (words("companies")[part] for part in ("first", "second", "third"))
    brand = first[row[0] % len(first)] + second[row[1] % len(second)]
    if more < 0.32:
        brand += third[row[2] % len(third)].replace(brand[1], "")
    trade, ending = trades[row[3] % len(trades)], endings[row[4] % len(endings)]
    trade = trade.removesuffix("工程") if ending.startswith("工程") else trade
    if luck < 0.34:
        head = place.short
    elif luck < 0.62:
        head = place.short + "市"
    elif luck < 0.74:
        head = place.province.removesuffix("省").removesuffix("市")[:3].removesuffix("壮").removesuffix("维")
    elif luck < 0.9 and len(district) > 2 and "自治" not in district:
        head = district if ending.endswith(("行", "部", "店")) else district[:-1]
    else:
        head = ""
    if luck > 0.955 and ending.endswith("公司"):
        return f"{brand}（{place.short}）{trade}{ending}", brand + place.short
    short = brand + (trade[:2] if more > 0.5 else "") if luck < 0.7 else place.short + brand
    return f"{head}{brand}{trade}{ending}", short


def _address(place: Place, district: str, row: Sequence[int], person: bool, luck: float) -> str:
    data = words("places")
    start = place.address + district
    road = data["roads"][row[5] % len(data["roads"])]
    number = row[6] % 888 + 1
    if person:
        estate = data["estate_names"][row[7] % len(data["estate_names"])]
        estate += data["estates"][row[0] % len(data["estates"])]
        return f"{start}{road}{number}号{estate}{row[1] % 38 + 1}栋{row[2] % 18 + 1}0{row[3] % 4 + 1}室"
    if luck < 0.3:
        site = data["sites"][row[7] % len(data["sites"])]
        return f"{start}{site}{road}{number}号{row[1] % 12 + 1}栋"
    if luck < 0.5:
        return f"{start}{road}{number}号{row[1] % 3 + 1}-{row[2] % 30 + 1}号店面"
    return f"{start}{road}{number}号"

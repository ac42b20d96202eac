"""The words and weights the sample company is made of, read once from ``resources/reference``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from resources import FOLDER

REFERENCE = FOLDER / "reference"


@cache
def words(name: str) -> dict[str, Any]:
    """The data file ``name`` of ``resources/reference/sample``; must not be changed by its readers."""
    text = (REFERENCE / "sample" / f"{name}.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data


@cache
def choices() -> dict[str, list[dict[str, str]]]:
    """The default dictionary: kind → its choices in order."""
    data: dict[str, list[dict[str, str]]] = json.loads(
        (REFERENCE / "choices.json").read_text(encoding="utf-8")
    )
    return data


def choice_keys(kind: str) -> list[str]:
    """Keys ``kind.code`` of a kind's choices, in order."""
    return [f"{kind}.{choice['code']}" for choice in choices()[kind]]


@cache
def regions() -> dict[str, tuple[str, str | None]]:
    """Code of a region → its name and the code of its parent, None for provinces."""
    data = json.loads((REFERENCE / "regions.json").read_text(encoding="utf-8"))
    return {code: (name, parent) for code, name, parent in data["rows"]}


@dataclass(frozen=True, slots=True)
class Place:
    """A city with its districts, as customers are spread over it."""

    province: str
    city: str
    short: str
    area_code: str
    local_digits: int
    """Digits of a telephone number without area code."""
    weight: float
    districts: tuple[tuple[str, str, float], ...]
    """(code, name, weight); the city's own code where it has no districts of six digits."""

    @property
    def address(self) -> str:
        """How addresses in it begin: 江西省上饶市, 重庆市."""
        return self.province if self.city == "市辖区" else self.province + self.city


@cache
def places() -> tuple[Place, ...]:
    """All cities of ``places.json`` with the codes of their districts from ``regions.json``."""
    data = words("places")
    below: dict[str | None, list[tuple[str, str]]] = {}
    for code, (name, parent) in regions().items():
        below.setdefault(parent, []).append((code, name))
    provinces = {name: code for code, name in below[None]}
    result = []
    for province, city, short, area_code, digits, weight in data["cities"]:
        code = next(code for code, name in below[provinces[province]] if name == city)
        factors = data["counties"].get(city, {})
        districts = tuple(
            (each, name, float(factors.get(name, 1)))
            for each, name in below.get(code, [])
            if len(each) == 6 and name != "市辖区"
        )
        districts = districts or ((code, "", 1.0),)
        result.append(Place(province, city, short, area_code, digits, float(weight), districts))
    return tuple(result)

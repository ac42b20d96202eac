"""Names of people and the contacts of the sample company's customers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from services.sample.seeds import BLOCK, Picker, block_rng, blocks
from services.sample.vocabulary import words

FEMALE_SHARE = 0.32
EPOCH = date(1956, 1, 1)


class Contact(NamedTuple):
    """A person at a customer. Empty strings and None where the sales people know nothing."""

    customer: int
    """Index of the customer."""
    name: str
    salutation: str
    """Key of the dictionary kind ``salutation``."""
    title: str
    department: str
    contact_class: str
    """Key of the dictionary kind ``contact_class``."""
    gender: str
    """``male`` or ``female``."""
    mobile: str
    phone: str
    wechat: str
    email: str
    birthday: date | None
    lunar_birthday: bool
    """True where the birthday is kept by the lunar calendar."""
    hobby: str
    remark: str
    main: bool
    """True for the first contact of the customer, the one usually called."""


@cache
def _surnames() -> Picker:
    data = words("people")
    common, rare = list(data["surnames"]), data["rare_surnames"]
    # Frequencies fall with rank about as r^-0.7 (first 7 %, hundredth 0.2 %); rare ones share what is set.
    sizes = [1 / (rank + 1.5) ** 0.75 for rank in range(len(common))]
    each = sum(sizes) * data["rare_share"] / (1 - data["rare_share"]) / len(rare)
    return Picker(common + rare, sizes + [each] * len(rare))


@cache
def _given(gender: str) -> tuple[str, str, str]:
    data = words("people")[gender]
    return data["first"], data["second"], data["single"]


def person_names(rng: np.random.Generator, count: int) -> tuple[list[str], list[bool]]:
    """``count`` full names, and for each whether it is a woman's."""
    surnames = _surnames().draw(rng, count)
    female = (rng.random(count) < FEMALE_SHARE).tolist()
    single = (rng.random(count) < 0.22).tolist()
    spots = rng.integers(0, 1 << 30, (2, count)).tolist()
    men, women = _given("male"), _given("female")
    names = []
    for surname, woman, short, one, two in zip(surnames, female, single, *spots, strict=True):
        first, second, alone = women if woman else men
        if short:
            names.append(surname + alone[one % len(alone)])
        else:
            names.append(surname + first[one % len(first)] + second[two % len(second)])
    return names, female


def mobiles(rng: np.random.Generator, count: int) -> list[str]:
    """``count`` mobile numbers of eleven digits."""
    prefixes = np.asarray(words("people")["mobile_prefixes"], dtype=np.int64)
    numbers = prefixes[rng.integers(0, len(prefixes), count)] * 10**8 + rng.integers(0, 10**8, count)
    return list(map(str, numbers.tolist()))


def individuals(seed: int, block: int) -> list[bool]:
    """For each customer of a whole block whether it is a person, without making the customers."""
    share = words("companies")["individual_share"]
    found: list[bool] = (block_rng(seed, "individuals", block).random(BLOCK) < share).tolist()
    return found


class _Roles(NamedTuple):
    classes: list[str]
    picker: Picker
    titles: dict[str, list[str]]
    departments: dict[str, list[str]]


@cache
def _roles() -> _Roles:
    data = words("people")
    classes = list(data["class_weights"])
    weights = list(data["class_weights"].values())
    return _Roles(classes, Picker(classes, weights), data["titles"], data["departments"])


def _salutation(title: str, woman: bool) -> str:
    for ending, key in (
        ("厂长", "factory_director"),
        ("科长", "section_chief"),
        ("会计", "accountant"),
        ("工程师", "engineer"),
        ("经理", "manager"),
        ("董事长", "director"),
        ("维修工", "master"),
        ("负责人", "boss"),
    ):
        if title.endswith(ending):
            if title.endswith("总经理"):
                return "salutation.director"
            return f"salutation.{key}"
    return "salutation.ms" if woman else "salutation.mr"


def contacts(seed: int, size: int, *, first: int = 0) -> Iterator[list[Contact]]:
    """The contacts of customers ``first`` (rounded down to a block) to ``size``, in batches, by customer.

    Every company has one at least; an individual is reached as himself.
    """
    for block, start, wanted in blocks(size, first):
        rng = block_rng(seed, "contacts", block)
        owners = _owners(rng, seed, block)
        made = _block(rng, start, owners.tolist())
        yield made[: int(np.searchsorted(owners, wanted))]


def contacts_before(seed: int, size: int) -> list[int]:
    """For each block of customers up to ``size``, how many contacts those of the blocks before it have."""
    found = [0]
    for block, _, _ in blocks(size):
        found.append(found[-1] + len(_owners(block_rng(seed, "contacts", block), seed, block)))
    return found[:-1]


def _owners(rng: np.random.Generator, seed: int, block: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Place in the block of each contact's customer; the first draw of the block's generator."""
    counts = rng.choice([1, 2, 3, 4], BLOCK, p=[0.68, 0.22, 0.075, 0.025])
    counts[np.asarray(individuals(seed, block))] = 0
    return np.repeat(np.arange(BLOCK), counts)


def _block(rng: np.random.Generator, start: int, owners: list[int]) -> list[Contact]:
    data, roles, count = words("people"), _roles(), len(owners)
    names, female = person_names(rng, count)
    numbers = mobiles(rng, count)
    class_of = roles.picker.draw(rng, count)
    spots: list[list[int]] = rng.integers(0, 1 << 30, (5, count)).tolist()
    chances: list[list[float]] = rng.random((5, count)).tolist()
    days: list[int] = rng.integers(0, 45 * 365, count).tolist()
    domains, hobbies, remarks = data["mail_domains"], data["hobbies"], data["remarks"]
    salutations: dict[tuple[str, bool], str] = {}
    made: list[Contact] = []
    previous = -1
    for i in range(count):
        kind, woman, number = class_of[i], female[i], numbers[i]
        titles, departments = roles.titles[kind], roles.departments[kind]
        title = titles[spots[0][i] % len(titles)]
        key = (title, woman)
        if key not in salutations:
            salutations[key] = _salutation(title, woman)
        made.append(
            Contact(
                start + owners[i],
                names[i],
                salutations[key],
                title,
                departments[spots[1][i] % len(departments)],
                f"contact_class.{kind}",
                "female" if woman else "male",
                number,
                "",
                _wechat(chances[0][i], number, spots[2][i]),
                f"{number}@{domains[spots[3][i] % len(domains)]}" if chances[1][i] < 0.28 else "",
                EPOCH + timedelta(days[i]) if chances[2][i] < 0.35 else None,
                chances[2][i] < 0.14,
                hobbies[spots[4][i] % len(hobbies)] if chances[3][i] < 0.2 else "",
                remarks[spots[2][i] % len(remarks)] if chances[4][i] < 0.18 else "",
                owners[i] != previous,
            )
        )
        previous = owners[i]
    return made


def _wechat(chance: float, number: str, spot: int) -> str:
    if chance < 0.45:
        return number
    return f"wx_{spot % 60466176:x}" if chance < 0.7 else ""

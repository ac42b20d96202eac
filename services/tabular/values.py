"""A cell becomes a value of a kind, or a plain reason why not.

Nothing is guessed where two readings are possible.
Every function takes a ``Cell`` as ``reading`` gives it (or a pasted text) and raises
``services.errors.Invalid``. An empty cell, or one with blanks only, is None for every kind.

Rules that are not self-evident:

- **Per cent**: 13 means 13 %; ``13%`` and a cell that Excel shows as 13 % (which it stores as 0.13) mean the
  same. A bare number between 0 and 1 is refused: 0.13 could be 13 % or 0.13 %.
- **Numbers**: ``1,234.50``, ``￥1,234.5``, ``(12.00)`` for minus, ``1.2万``, ``3亿``, ``100元``. ``1,23`` and
  ``1.234,5`` are refused. More decimals than the kind holds are refused, not rounded.
- **Dates**: year first. ``20261121``, ``2026年11月21日``, ``2026/1/2``, ``2026.11.21``, with or without a
  time, and Excel's serial numbers from 1954 to 2119 (20000 … 80000). ``01/02/2026`` and two-digit years are
  refused.
- **Long numbers**: Excel keeps 15 digits. A number cell of more digits that ends in zeros from the 16th has
  lost them, as has ``1.38001E+10``: refused as text, phone or bar code.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from services.clock import CHINA
from services.entity import Kind
from services.errors import Invalid
from services.language import mark, tr
from services.tabular.cells import ERRORS, NOT_CALCULATED, Cell
from services.tabular.reading import clean

DECIMALS: Final = {Kind.AMOUNT: 2, Kind.PRICE: 6, Kind.QUANTITY: 6, Kind.PERCENT: 4}
"""Digits after the point that the database holds."""
WHOLE_DIGITS: Final = {Kind.AMOUNT: 16, Kind.PRICE: 12, Kind.QUANTITY: 12, Kind.PERCENT: 5}
_FIRST_SERIAL, _LAST_SERIAL = 20_000, 80_000
_LARGEST_INTEGER: Final = 2**63 - 1

_SCIENTIFIC = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")
_PLAIN = re.compile(r"\d+(\.\d+)?|\.\d+")
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
_UNITS: Final = {
    "千": 10**3,
    "万": 10**4,
    "萬": 10**4,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
    "億": 10**8,
}
_AMOUNT = re.compile(r"(?P<number>[\d.,]+)(?P<unit>百万|千万|千|万|萬|亿|億)?(?P<yuan>元整|元|圆|块)?")
_YES: Final = frozenset(["是", "对", "有", "真", "√", "✓", "✔", "☑", "y", "yes", "t", "true", "1", "on"])
_NO: Final = frozenset(
    ["否", "不", "不是", "无", "没有", "假", "×", "✗", "✘", "☐", "x", "n", "no", "f", "false", "0", "off"]
)
_DATE = re.compile(
    r"(?P<year>\d{4})(?:(?P<sep>[-/.])(?P<m1>\d{1,2})(?P=sep)(?P<d1>\d{1,2})"
    r"|年(?P<m2>\d{1,2})月(?P<d2>\d{1,2})[日号]?|(?P<m3>\d{2})(?P<d3>\d{2}))"
    r"(?:\s*(?:星期[一二三四五六日天]|周[一二三四五六日天]|\(.{1,3}\)))?"
    r"(?:(?:T|\s+|(?<=[日号]))(?P<clock>.+))?"
)
_CLOCK = re.compile(
    r"(?P<half>上午|下午|晚上|AM|PM)?\s*(?P<hour>\d{1,2})(?:[:时点](?P<minute>\d{1,2})?)"
    r"(?:[:分](?P<second>\d{1,2})?(?:\.\d+)?秒?)?\s*(?P<half2>AM|PM)?(?P<zone>Z|[-+]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_OTHER_DATE = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{2}年.*")
_EMAIL = re.compile(r"[^@\s<>()\[\],;:\"\\]+@(?:[^@\s.<>()\[\],;:\"\\/]+\.)+[^@\s.<>()\[\],;:\"\\/\d]{2,}")
_URL = re.compile(r"(?:https?://)?(?:[\w-]+\.)+[\w-]{2,}(?::\d{1,5})?(?:[/?#]\S*)?", re.IGNORECASE)
_BY_HYPHEN = re.compile(r"(0\d{2,3}-\d{7,8}|400-?\d{3}-?\d{4})-(\d{1,6})")
_PHONE = re.compile(
    r"(?P<number>\+?[\d\s()\-]+)(?:(?:转|#|,|;|ext\.?|x)\s*(?P<extension>\d{1,6}))?", re.IGNORECASE
)


def convert(
    cell: Cell,
    kind: Kind,
    *,
    field: str = "",
    length: int | None = None,
    decimals: int | None = None,
    choices: Mapping[str, object] | None = None,
    region: Callable[[str], str] | None = None,
) -> object:
    """The value of ``cell`` as a ``kind``: str, int, Decimal, date, datetime with time zone, bool, a choice's
    value.

    ``field`` is the key that errors name. ``length`` bounds texts, in characters. ``decimals`` overrides
    DECIMALS. ``choices`` gives the value by key or label, for CHOICE, CHOICES, STATE, USER and REFERENCE; ``region``
    the code of a region by its name (``services.tabular.regions.Regions.code``, ValueError with a template if
    it is not clear).
    """
    if isinstance(cell, str):
        if cell.strip() in ERRORS:
            raise _error(cell.strip(), field)
        if not clean(cell):
            return None
    if cell is None:
        return None
    if kind in (Kind.TEXT, Kind.LONG_TEXT):
        return text(cell, field=field, length=length, lines=kind is Kind.LONG_TEXT)
    if kind in (Kind.CHOICE, Kind.STATE, Kind.USER, Kind.REFERENCE):
        return choice(cell, choices or {}, field=field)
    if kind is Kind.CHOICES:
        return several(cell, choices or {}, field=field)
    if kind is Kind.REGION:
        return _region(cell, region, field)
    if kind in DECIMALS:
        places = DECIMALS[kind] if decimals is None else decimals
        found = percent(cell, field=field) if kind is Kind.PERCENT else number(cell, field=field)
        return _fit(found, places, WHOLE_DIGITS[kind], field)
    simple: dict[Kind, Callable[..., object]] = {
        Kind.PHONE: phone,
        Kind.EMAIL: email,
        Kind.URL: url,
        Kind.INTEGER: integer,
        Kind.DATE: day,
        Kind.TIME: moment,
        Kind.YES_NO: yes_no,
    }
    return simple[kind](cell, field=field)


def text(cell: Cell, *, field: str = "", length: int | None = None, lines: bool = False) -> str:
    """One line, or with ``lines`` several. Line breaks in a one-line text become blanks."""
    value = _as_text(cell, field)
    value = value.replace("\r\n", "\n").replace("\r", "\n").strip("\ufeff\u200b \t\n\u3000\xa0")
    if not lines:
        value = re.sub(r"[\n\t\u2028\u2029]+", " ", value)
    if "\ufffd" in value:
        raise Invalid(mark("holds a character that could not be read (�). Type it again."), field=field)
    for character in value:
        # Cs: half of a surrogate pair, which no database takes; Cc: control characters.
        if unicodedata.category(character) == "Cs" or (
            unicodedata.category(character) == "Cc" and character not in "\n\t"
        ):
            raise Invalid(
                mark("holds a character that cannot be stored (U+{code}). Delete it and type it again."),
                field=field,
                code=f"{ord(character):04X}",
            )
    if length is not None and len(value) > length:
        raise Invalid(
            mark("has {count} characters; at most {limit} are allowed."),
            field=field,
            count=len(value),
            limit=length,
        )
    return value


def phone(cell: Cell, *, field: str = "") -> str:
    """As it is dialled: mobiles as 11 digits, land lines with hyphens, extensions after 转."""
    value = _line(cell, field)
    value = re.sub("[‐‑‒–—－]", "-", value)
    _not_scientific(value, field)
    if by_hyphen := _BY_HYPHEN.fullmatch(value.replace(" ", "")):
        return f"{by_hyphen[1]}转{by_hyphen[2]}"
    match = _PHONE.fullmatch(value)
    digits = re.sub(r"\D", "", match["number"]) if match else ""
    if match is None or not 5 <= len(digits) <= 15:
        if len(re.findall(r"\d{7,}", value)) > 1:
            raise Invalid(
                mark("“{value}” is more than one number. Put each into its own field."),
                field=field,
                value=_short(value),
            )
        raise Invalid(mark("“{value}” is not a phone number."), field=field, value=_short(value))
    if re.fullmatch(r"(\+?86|0086)1\d{10}", ("+" if value[0] == "+" else "") + digits):
        digits = digits[-11:]
    extension = f"转{match['extension']}" if match["extension"] else ""
    if re.fullmatch(r"1[3-9]\d{9}", digits):
        return digits + extension
    bare = re.sub(r"\s*[()]\s*", "-", match["number"].strip()).strip("-")
    return re.sub(r"-{2,}", "-", re.sub(r"\s+", "-" if "-" not in bare else "", bare)) + extension


def email(cell: Cell, *, field: str = "") -> str:
    """An address, its domain in lower case."""
    value = _line(cell, field).removeprefix("mailto:")
    if len(value) > 254 or not _EMAIL.fullmatch(value) or not value.isprintable():
        raise Invalid(mark("“{value}” is not an e-mail address."), field=field, value=_short(value))
    name, _, domain = value.rpartition("@")
    return f"{name}@{domain.lower()}"


def url(cell: Cell, *, field: str = "") -> str:
    """An address of the web (http or https only, with or without writing so)."""
    value = clean(_as_text(cell, field))
    if len(value) > 2_000 or not _URL.fullmatch(value) or not value.isprintable():
        raise Invalid(mark("“{value}” is not a web address."), field=field, value=_short(value))
    return value


def integer(cell: Cell, *, field: str = "") -> int:
    """A whole number; 12.0 is one, 12.5 is not."""
    value = number(cell, field=field)
    if value != value.to_integral_value():
        raise Invalid(mark("“{value}” is not a whole number."), field=field, value=_short(str(cell)))
    if abs(value) > _LARGEST_INTEGER:
        raise Invalid(mark("“{value}” is too large."), field=field, value=_short(str(cell)))
    return int(value)


def number(cell: Cell, *, field: str = "") -> Decimal:
    """An exact number. ``13%`` is 0.13."""
    if isinstance(cell, (bool, date)):
        raise Invalid(mark("“{value}” is not a number."), field=field, value=_short(str(cell)))
    if isinstance(cell, int | Decimal):
        return Decimal(cell)
    value = _line(cell, field)
    value = value.replace("−", "-").replace("’", "").replace(" ", "").replace("，", ",")
    _not_scientific(value, field)
    sign, rest = _sign(value)
    if rest.endswith("%"):
        return sign * _digits(rest[:-1], value, field) / 100
    match = _AMOUNT.fullmatch(re.sub(r"(?i)^(¥|rmb|cny|人民币)|(rmb|cny)$", "", rest))
    if match is None:
        raise Invalid(mark("“{value}” is not a number."), field=field, value=_short(str(cell)))
    return sign * _digits(match["number"], value, field) * _UNITS.get(match["unit"] or "", 1)


def percent(cell: Cell, *, field: str = "") -> Decimal:
    """Per cent, 13 for 13 %. See the module's rules."""
    if isinstance(cell, str) and clean(cell).endswith(("%", "％")):
        return number(cell, field=field) * 100
    value = number(cell, field=field)
    if 0 < abs(value) < 1:
        raise Invalid(
            mark("“{value}” can mean {hundredfold}% or {value}%. Write it with the percent sign."),
            field=field,
            value=format(value, "f"),
            hundredfold=format((value * 100).normalize(), "f"),
        )
    return value


def day(cell: Cell, *, field: str = "") -> date:
    """A date; of a date with time its day."""
    return _local(cell, field).date()


def moment(cell: Cell, *, field: str = "") -> datetime:
    """A moment with time zone. Times without one are the company's."""
    value = _local(cell, field)
    return value if value.tzinfo else value.replace(tzinfo=CHINA)


def yes_no(cell: Cell, *, field: str = "") -> bool:
    """是, √, Y, yes, true, 1 and 否, ×, N, no, false, 0."""
    if isinstance(cell, bool):
        return cell
    value = str(cell).strip().casefold() if not isinstance(cell, str) else clean(cell).casefold()
    if value in _YES:
        return True
    if value in _NO:
        return False
    raise Invalid(mark("“{value}” is neither yes nor no. Write 是 or 否."), field=field, value=_short(value))


def choice(cell: Cell, choices: Mapping[str, object], *, field: str = "") -> object:
    """The value of the choice that is named; its spelling may differ in width, case and blanks."""
    wanted = _as_text(cell, field)
    if wanted in choices:
        return choices[wanted]
    by_form: dict[str, list[object]] = {}
    for name, value in choices.items():
        values = by_form.setdefault(form(name), [])
        if value not in values:
            values.append(value)
    found = by_form.get(form(wanted), [])
    if len(found) == 1:
        return found[0]
    if found:
        raise Invalid(
            mark("“{value}” is the name of several. Write the number or code."),
            field=field,
            value=_short(wanted),
        )
    shown = tr(", ").join(list(choices)[:8]) + ("…" if len(choices) > 8 else "")
    raise Invalid(
        mark("“{value}” is not in the list ({list})."), field=field, value=_short(wanted), list=shown
    )


def several(cell: Cell, choices: Mapping[str, object], *, field: str = "") -> list[object]:
    """The values of all choices that are named, each once; between them comma, enumeration comma, semicolon, bar
    or a line break."""
    named = [name for name in re.split(r"[,，、;；|\n]+", _as_text(cell, field)) if name.strip()]
    return list(dict.fromkeys(choice(name.strip(), choices, field=field) for name in named))


def form(name: str) -> str:
    """What two spellings of one name have in common: width, case, blanks and brackets do not count."""
    return re.sub(r"[\s\u200b\ufeff]+", "", unicodedata.normalize("NFKC", name)).casefold()


def _region(cell: Cell, region: Callable[[str], str] | None, field: str) -> str:
    name = _line(cell, field)
    if region is None:
        raise Invalid(mark("“{value}” is not a region that is known."), field=field, value=_short(name))
    try:
        return region(name)
    except ValueError as error:
        raise Invalid(str(error), field=field, value=_short(name)) from None


def _fit(value: Decimal, places: int, whole: int, field: str) -> Decimal:
    exact = value.normalize()
    exponent = exact.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > places:
        raise Invalid(
            mark("“{value}” has more than {limit} decimals. Round it first."),
            field=field,
            value=format(value, "f")[:60],
            limit=places,
        )
    if abs(value) >= Decimal(10) ** whole:
        raise Invalid(mark("“{value}” is too large."), field=field, value=_short(str(value)))
    return Decimal(format(exact, "f"))


def _sign(value: str) -> tuple[int, str]:
    if value.startswith("(") and value.endswith(")"):
        return -1, value[1:-1]
    bare = value.lstrip("¥")
    if bare[:1] in ("-", "+"):
        return (-1 if bare[0] == "-" else 1), bare[1:]
    return 1, value


def _digits(digits: str, whole: str, field: str) -> Decimal:
    if _GROUPED.fullmatch(digits) or _PLAIN.fullmatch(digits):
        if len(digits) > 60:
            raise Invalid(mark("“{value}” is too large."), field=field, value=_short(whole))
        return Decimal(digits.replace(",", ""))
    if re.fullmatch(r"[\d.,]+", digits) and re.search(r"\d", digits):
        raise Invalid(
            mark("“{value}”: it is not clear which sign separates the decimals. Write it like 1234.50."),
            field=field,
            value=_short(whole),
        )
    raise Invalid(mark("“{value}” is not a number."), field=field, value=_short(whole))


def _local(cell: Cell, field: str) -> datetime:
    if isinstance(cell, datetime):
        return _possible(cell, cell, field)
    if isinstance(cell, date):
        return _possible(datetime.combine(cell, time()), cell, field)
    value = _line(cell, field)
    if isinstance(cell, bool):
        raise _no_date(value, field)
    if re.fullmatch(r"\d{5}(\.\d+)?", value) and _FIRST_SERIAL <= Decimal(value) < _LAST_SERIAL:
        seconds = int((Decimal(value) * 86_400).to_integral_value())
        return datetime(1899, 12, 30) + timedelta(seconds=seconds)
    # Blanks inside 2026 年 11 月 21 日 do not count, those before the time do.
    value = re.sub(r"\s*([年月])\s*", r"\1", value)
    value = re.sub(r"\s+([日号])", r"\1", value)
    match = _DATE.fullmatch(value)
    if match is None:
        if _OTHER_DATE.fullmatch(value):
            raise Invalid(
                mark("“{value}”: it is not clear which is day, month and year. Write it like 2026-11-21."),
                field=field,
                value=_short(value),
            )
        raise _no_date(value, field)
    month = next(m for m in (match["m1"], match["m2"], match["m3"]) if m)
    number_of_day = next(d for d in (match["d1"], match["d2"], match["d3"]) if d)
    try:
        found = datetime(int(match["year"]), int(month), int(number_of_day))
        return _possible(_with_clock(found, match["clock"]), cell, field)
    except ValueError:
        raise Invalid(
            mark("“{value}” is not a day of the calendar."), field=field, value=_short(value)
        ) from None


def _with_clock(found: datetime, clock: str | None) -> datetime:
    """ValueError if the time is none."""
    if not clock:
        return found
    match = _CLOCK.fullmatch(clock.strip())
    if match is None:
        raise ValueError(clock)
    hour = int(match["hour"])
    half = (match["half"] or match["half2"] or "").upper()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(clock)
        hour = hour % 12 + (12 if half in ("下午", "晚上", "PM") else 0)
    if hour == 24:
        raise ValueError(clock)
    moment_ = found.replace(hour=hour, minute=int(match["minute"] or 0), second=int(match["second"] or 0))
    if match["zone"]:
        zone = match["zone"].upper().replace("Z", "+00:00")
        return datetime.fromisoformat(
            f"{moment_.isoformat()}{zone if ':' in zone else zone[:3] + ':' + zone[3:]}"
        )
    return moment_


def _possible(found: datetime, cell: Cell, field: str) -> datetime:
    if not 1900 <= found.year <= 2200:
        raise Invalid(
            mark("“{value}”: the year is not between 1900 and 2200."), field=field, value=_short(str(cell))
        )
    return found


def _no_date(value: str, field: str) -> Invalid:
    return Invalid(
        mark("“{value}” is not a date. Write it like 2026-11-21."), field=field, value=_short(value)
    )


def _as_text(cell: Cell, field: str) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int):
        digits = str(abs(cell)) if abs(cell) < 10**100 else ""
        if not digits or (len(digits) > 15 and set(digits[15:]) == {"0"}):
            raise Invalid(
                mark(
                    "Excel has replaced the last digits of this long number by "
                    "zeros. Format the column as text and type it again."
                ),
                field=field,
            )
        return str(cell)
    if isinstance(cell, Decimal):
        return format(cell, "f")
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    return cell.isoformat() if cell is not None else ""


def _line(cell: Cell, field: str) -> str:
    """A short text in ASCII where it can be. Bounded, so that no pattern is kept busy by a hostile cell."""
    value = " ".join(unicodedata.normalize("NFKC", clean(_as_text(cell, field)[:1_000])).split())
    if len(value) > 300:
        raise Invalid(mark("“{value}” is too long."), field=field, value=_short(value))
    return value


def _not_scientific(value: str, field: str) -> None:
    if _SCIENTIFIC.fullmatch(value):
        raise Invalid(
            mark(
                "“{value}” has lost digits to the short form of a long number. "
                "Format the column as text and type it again."
            ),
            field=field,
            value=_short(value),
        )


def _error(value: str, field: str) -> Invalid:
    if value == NOT_CALCULATED:
        return Invalid(
            mark("is a formula without a result. Open the file in Excel, save it and import it again."),
            field=field,
        )
    return Invalid(
        mark("holds the Excel error {value}. Correct the formula or type the value."),
        field=field,
        value=value,
    )


def _short(value: str) -> str:
    value = "".join(c if c.isprintable() else " " for c in value)
    return value if len(value) <= 40 else value[:39] + "…"

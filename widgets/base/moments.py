"""Days, moments and amounts as people say them, in the language in force."""

from __future__ import annotations

import calendar
from datetime import date, datetime
from decimal import Decimal

from services.clock import CHINA, today
from services.language import language, tr


def short_day(day: date | None) -> str:
    """A day close by by its name, one of this year without the year; empty for None."""
    if day is None:
        return ""
    near = {-1: tr("yesterday"), 0: tr("today"), 1: tr("tomorrow")}
    this = today()
    if (day - this).days in near:
        return near[(day - this).days]
    return day.strftime("%m-%d") if day.year == this.year else day.isoformat()


def short_moment(moment: datetime, *, timed: bool = True) -> str:
    """A moment as ``short_day`` with its time where ``timed`` and it is near."""
    local = moment.astimezone(CHINA)
    day = short_day(local.date())
    near = abs((local.date() - today()).days) <= 1
    return f"{day} {local:%H:%M}" if timed and near else day


def days_ago(day: date | None) -> str:
    """How long ago a day was; a dash for None."""
    if day is None:
        return "—"
    days = (today() - day).days
    if days <= 0:
        return tr("Today")
    return tr("Yesterday") if days == 1 else tr("{days} days ago", days=days)


def money(amount: Decimal | None, *, cents: bool = True) -> str:
    """An amount in CNY with thousands separators; a dash for None. Without ``cents`` they are left out where they
    say little: of whole amounts, and from 1,000 on."""
    if amount is None:
        return "—"
    rounded = not cents and (abs(amount) >= 1000 or amount == amount.to_integral_value())
    return f"{amount:,.0f}" if rounded else f"{amount:,.2f}"


def number(value: Decimal) -> str:
    """A quantity without idle zeros."""
    plain = f"{value.normalize():,f}"
    return "0" if plain == "-0" else plain


def month_label(first: date) -> str:
    """A month in a word: 3月, Mar."""
    return f"{first.month}月" if language() == "zh_CN" else calendar.month_abbr[first.month]

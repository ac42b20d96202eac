"""What tests of receipts, issues and warehouses have in common: lines as they are typed, and what lies there."""

from __future__ import annotations

from decimal import Decimal

from services.stock.commands import (
    ReceiptLineInput,
)
from tests.factories.trade import Trade


def line(product: int, quantity: str, cost: str | None = None) -> ReceiptLineInput:
    return ReceiptLineInput(product, Decimal(quantity), None if cost is None else Decimal(cost))


def stock(trade: Trade, product: int, column: str = "on_hand") -> Decimal:
    found = trade.one(
        f"SELECT {column} FROM stock.balance WHERE warehouse_id = %s AND product_id = %s",
        trade.warehouse,
        product,
    )
    return Decimal(0) if found is None else Decimal(found)

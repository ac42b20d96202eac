"""The sample company's running books: stock with moving averages, money owed, accounts, document numbers.

Everything in whole numbers (pieces, cents, 10⁻¹² CNY per piece), with the roundings of the posting
functions in ``models/sql``; ``services.checking`` compares the two.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from services.company import NUMBERING
from services.sample.loading import Loading
from services.sample.sheets import divided, finest, money


def bin_of(product: int) -> str:
    """Where a product lies, in every warehouse."""
    return f"{'ABCDEF'[product % 6]}-{product // 6 % 24 + 1:02d}-{product % 4 + 1}"


class _Lot:
    """Stock of one product in one warehouse. ``base`` is (value, pieces) when goods last came at a cost."""

    __slots__ = ("base", "id", "on_hand", "reserved", "value")

    def __init__(self, number: int) -> None:
        self.id, self.on_hand, self.reserved, self.value, self.base = number, 0, 0, 0, (0, 0)

    @property
    def average(self) -> int:
        """Moving average in 10⁻¹² CNY per piece."""
        return divided(self.base[0] * 10**10, self.base[1]) if self.base[1] else 0


class Journal:
    """Books movement by movement, in the order in which things happened."""

    def __init__(self, loading: Loading) -> None:
        self.loading = loading
        self.counters: dict[str, int] = defaultdict(int)
        self.lots: dict[tuple[int, int], _Lot] = {}
        self.accounts: dict[int, int] = defaultdict(int)
        self.owed: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        """Customer → receivable, ordered, paid, issued in cents."""
        self._stock = self._money = self._account = 0

    def number(self, entity: str, day: date) -> str:
        """The next number of a kind of document, as app.next_number gives it."""
        series = f"{NUMBERING[entity]}{day:%Y%m%d}-"
        self.counters[series] += 1
        return f"{series}{self.counters[series]:04d}"

    def lot(self, warehouse: int, product: int) -> _Lot:
        """The balance of a product in a warehouse, opened if there was none."""
        key = (warehouse, product)
        if key not in self.lots:
            self.lots[key] = _Lot(len(self.lots) + 1)
        return self.lots[key]

    def move(
        self, at: str, user: int, document: str, document_id: int, number: str, warehouse: int,
        moved: dict[int, tuple[int, int | None]],
    ) -> None:  # fmt: skip
        """What stock.move does: product → (pieces, value in cents; None at the moving average)."""
        for product, (delta, given) in sorted(moved.items()):
            lot = self.lot(warehouse, product)
            lot.on_hand += delta
            if given is not None:
                after = lot.value + given
                lot.base = (after, lot.on_hand)
            else:
                after = divided(lot.base[0] * lot.on_hand, lot.base[1]) if lot.base[1] else 0
            value, lot.value = after - lot.value, after
            self._stock += 1
            self.loading.add(
                "stock.ledger",
                (
                    self._stock,
                    at,
                    user,
                    document,
                    document_id,
                    number,
                    warehouse,
                    product,
                    delta,
                    lot.on_hand,
                ),
            )
            self.loading.add(
                "stock.ledger_cost",
                (self._stock, warehouse, product, money(value), money(after), finest(lot.average),
                 "f" if given is None else "t"),
            )  # fmt: skip

    def owe(
        self, at: str, day: date, user: int, owner: int, customer: int, kind: str, document: str,
        document_id: int, number: str, delta: int, moved: int,
    ) -> None:  # fmt: skip
        """What the trigger of finance.ledger does. ``kind`` order, payment or issue."""
        state = self.owed[customer]
        state[0] += delta
        state[("order", "payment", "issue").index(kind) + 1] += moved
        self._money += 1
        self.loading.add(
            "finance.ledger",
            (self._money, at, str(day), user, owner, customer, kind, document, document_id, number,
             money(delta), money(moved), money(state[0])),
        )  # fmt: skip

    def receive(
        self,
        at: str,
        day: date,
        user: int,
        account: int,
        document: str,
        document_id: int,
        number: str,
        delta: int,
    ) -> None:
        """What the trigger of finance.account_ledger does."""
        self.accounts[account] += delta
        self._account += 1
        self.loading.add(
            "finance.account_ledger",
            (self._account, at, str(day), user, account, document, document_id, number, money(delta),
             money(self.accounts[account])),
        )  # fmt: skip

    def close(self, negative: set[int]) -> None:
        """Write the stock balances; ``negative`` are the warehouses that may go below zero."""
        for (warehouse, product), lot in self.lots.items():
            self.loading.add(
                "stock.balance",
                (
                    lot.id,
                    warehouse,
                    product,
                    lot.on_hand,
                    lot.reserved,
                    "t" if warehouse in negative else "f",
                    bin_of(product),
                ),
            )
            self.loading.add(
                "stock.cost",
                (
                    lot.id,
                    warehouse,
                    product,
                    finest(lot.average),
                    money(lot.value),
                    money(lot.base[0]),
                    lot.base[1],
                ),
            )

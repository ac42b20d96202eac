"""Orders: reading, writing and the arithmetic of their lines.

``queries`` reads an order and its customer's terms (credit limit, what he owes, his price level),
``arithmetic`` computes lines and totals, ``draft`` holds an order while it is typed, ``related`` what came of
it. May import models and other services; never Qt.
"""

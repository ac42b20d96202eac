"""Warehouses, what lies there, the journal, stock receipts and issues; ``standing`` is the stock list of any
day.

Imports models and the contracts in services; never Qt.
"""

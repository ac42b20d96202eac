"""Accounts, exchange rates, payments and what customers owe: lists, what the cashier's pages ask, posting.

Imports models and the contracts in services; never Qt.
"""

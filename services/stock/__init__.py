"""Warehouses, balances, the journal, stock receipts and issues. Imports models and the contracts in services."""

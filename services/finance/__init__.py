"""Accounts, payments and what customers owe. Imports models and the contracts in services."""

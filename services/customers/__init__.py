"""Customers and contacts. Imports models and the contracts in services; never Qt."""

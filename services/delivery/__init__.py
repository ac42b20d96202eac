"""Delivery notes. Imports models and the contracts in services."""

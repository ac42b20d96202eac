"""Contact records and tasks. Imports models and the contracts in services."""

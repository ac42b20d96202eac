"""Purchase requests. Imports models and the contracts in services."""

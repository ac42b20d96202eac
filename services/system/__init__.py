"""The data dictionary and what the office sets once. Imports models and the contracts in services; never Qt."""

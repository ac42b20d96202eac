"""People, positions, branches, roles. Imports models and the contracts in services; never Qt."""

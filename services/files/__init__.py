"""Files at records (PLT-32): reading, sending and fetching them. Imports models and the contracts in services; never Qt."""

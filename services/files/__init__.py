"""Files at records (PLT-32): reading, sending and fetching them. Never Qt."""

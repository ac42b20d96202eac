"""Files at records (PLT-32): attaching them, their list, the space they take; ``transfer`` alone moves their
bytes.

Imports models and the contracts in services; never Qt.
"""

"""Contact records and tasks: how lists and forms show them, what their pages ask, how they are written.

Imports models and the contracts in services; never Qt.
"""

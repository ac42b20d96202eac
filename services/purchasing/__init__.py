"""Purchase requests: their list, and their steps through the posting functions of the database.

Imports models and the contracts in services; never Qt.
"""

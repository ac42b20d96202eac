"""People, positions, branches, roles, and who sees what.

``rights`` is the tick list, ``sharing`` and ``access`` open records to others, ``moving`` gives them another
owner and hands work over, ``reminders`` is the bell, ``sender`` whose paper a document is. Imports models and
the contracts in services; never Qt.
"""

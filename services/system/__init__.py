"""What the office sets once, and what the program writes down by itself.

``dictionary`` holds the choices, ``company_settings`` the switches, ``numbering`` the patterns of numbers,
``history`` the change history and ``seals`` its seal. Imports models and the contracts in services; never Qt.
"""

"""The warehouse's screens: stock list, stock receipt, stock issue, warehouse; ``print_data`` is what the papers
say.

May import widgets.base, printing and services.
"""

"""The cashier's screens: a payment, its fields, and which orders it pays; ``print_data`` is what its paper
says.

May import widgets.base, printing and services.
"""

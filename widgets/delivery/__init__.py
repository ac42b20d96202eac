"""Screens of dispatch notices and delivery notes; ``print_data`` is what their papers say.

May import widgets.base, printing and services.
"""

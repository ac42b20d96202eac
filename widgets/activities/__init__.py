"""Screens of the workbench with its panels, of contact records and of tasks.

May import widgets.base, printing and services.
"""

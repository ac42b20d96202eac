"""Screens of contact records and tasks. May import widgets.base, printing and services."""

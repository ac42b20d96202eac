"""Screens of what belongs to all: manual, change history and seals, recycle bin, files, choices, numbers,
settings.

May import widgets.base and services, never sqlalchemy.
"""

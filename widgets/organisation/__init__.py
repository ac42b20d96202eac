"""Screens of people, rights, positions and branches, and everything before the window: login and first run.

May import widgets.base and services, never sqlalchemy.
"""

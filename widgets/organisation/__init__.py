"""Screens of people, rights, positions and branches. May import widgets.base and services, never sqlalchemy."""

"""Screens of the change history. May import widgets.base and services, never sqlalchemy."""

"""Screens of the system domain. May import widgets.base and services, never other screens."""

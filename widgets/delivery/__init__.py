"""Screens of delivery notes. May import widgets.base, printing and services."""

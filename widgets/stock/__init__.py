"""The warehouse's screens. May import widgets.base, printing and services."""

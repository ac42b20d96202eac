"""The cashier's screens. May import widgets.base, printing and services."""

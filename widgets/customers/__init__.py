"""Screens of customers and contacts that the generic form and list cannot be. May import widgets.base only."""

"""Screens of purchase requests. May import widgets.base and services."""

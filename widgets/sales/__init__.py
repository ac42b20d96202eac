"""Screens of orders. May import printing, services and PySide6; other domains are reached through the shell."""

"""Screens of follow-up: the workbench."""

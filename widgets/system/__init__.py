"""Screens of the program itself."""

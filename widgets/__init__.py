"""Screens. May import printing, services and PySide6; never sqlalchemy or psycopg."""

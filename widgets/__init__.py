"""Screens. May import printing, services and PySide6; never sqlalchemy or psycopg.

``base`` is what every screen is made of; a folder per domain holds only what the generic list and form cannot
do, and ``views`` names it. What a list or a form shows stands in ``services/<domain>/entities.py``.
"""

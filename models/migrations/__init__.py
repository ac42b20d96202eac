"""Alembic: tables and data. Functions, triggers, policies, views and grants live in models/sql.

Imports models only; ``python -m installer.make_migration`` writes the next one.
"""

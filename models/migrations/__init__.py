"""Alembic: tables and data. Functions, triggers, policies, views and grants live in models/sql."""

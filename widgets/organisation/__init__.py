"""Screens of people and logins."""

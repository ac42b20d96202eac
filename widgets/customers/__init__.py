"""Screens of customers and contacts: the 360° view with its head, sections, timeline and side, the new
customer.

May import widgets.base, printing and services.
"""

"""Screens of customers that the generic ones cannot be."""

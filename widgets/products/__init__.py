"""Screens of products and their categories: prices, costs, packs, codes, and prices changed by a formula.

May import printing, services and PySide6; other domains are reached through the shell.
"""

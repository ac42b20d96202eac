"""Quotations, contracts, orders, counter sales: reading, writing and the arithmetic of their lines.

May import models and other services; never Qt.
"""

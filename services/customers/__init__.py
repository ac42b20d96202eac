"""Customers and contacts: the example that other domains copy.

``entities`` declares lists, forms, classes and imports; ``queries`` looks for names that are taken, ``view``
and ``timeline`` fill the 360° view, ``pool`` is the customer pool, ``card`` takes a pasted business card apart.
Imports models and the contracts in services; never Qt.
"""

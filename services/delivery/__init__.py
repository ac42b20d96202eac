"""Dispatch notices and delivery notes: lists, what their pages and papers ask, their steps.

Imports models and the contracts in services; never Qt.
"""

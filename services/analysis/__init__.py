"""Figures: what workbench, charts and reports compute, in SQL under the viewer's policies.

``workbench`` holds the panels' statements, ``panels`` who is offered which, ``first_steps`` what a new company
has still to do. Imports models and services; never Qt.
"""

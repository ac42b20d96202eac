"""Figures: what the workbench and the reports compute, in SQL under the viewer's policies; never Qt."""

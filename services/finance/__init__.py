"""Payments and accounts. May import models and services; never Qt."""

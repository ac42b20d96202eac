"""Warehouses and stock documents. May import models and services; never Qt."""

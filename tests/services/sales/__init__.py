"""Tests of services/sales."""

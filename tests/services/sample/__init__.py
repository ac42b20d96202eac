"""Tests of services/sample."""

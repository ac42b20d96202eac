"""Tests of services.files."""

"""Delivery notes. May import models and services; never Qt."""

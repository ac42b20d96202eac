"""Products, their categories, price levels, prices and costs. May import models and services; never Qt."""

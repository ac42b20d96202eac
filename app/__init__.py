"""The composition root: knows everybody, is known by nobody. May import every other package."""

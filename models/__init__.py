"""Tables and the SQL that guards them. Imports nothing of the project, and never Qt."""

"""Tables and the SQL that guards them. Imports nothing of the project, and never Qt.

One file of tables per domain; ``permissions`` names every right. Who may see or change a record stands in
``sql/<domain>/10_guard.sql`` (the rule itself: ``sql/app/31_guard.sql``), why a sale, an issue or a payment is
refused in the functions beside it, at ``app.refuse``.
"""

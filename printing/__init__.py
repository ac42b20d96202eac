"""Documents on paper: PDF, Word, Excel, preview. May import services; never sqlalchemy or psycopg.

One kind of document is one file that makes a ``Document`` (``document``) from plain values: its title, fields,
signatures and COLUMN_WIDTHS, the widths of its columns; ``delivery_note`` is the example. What it looks like is
the same for all: ``style``, ``heading``, ``layout``; ``receipt`` is the roll of a cash printer.
"""

"""Documents on paper: PDF, Word, Excel, preview. May import services; never sqlalchemy or psycopg.

One kind of document is one file that makes a ``Document`` (document.py) from plain values; delivery_note.py
is the example. What it looks like is the same for all: style.py, heading.py, layout.py.
"""

"""Files of rows: reading what offices have, writing what they can open. Knows no database and no Qt.

``reading`` opens a file in a child process (``process`` starts it, ``worker`` is it, ``ooxml``, ``biff``,
``delimited`` and ``markup`` parse, ``layout`` finds the header); ``values`` turns a cell into a value of a
``services.entity.Kind``; ``matching`` ties headers to fields; ``writing`` and ``template`` write;
``clipboard`` reads what was copied from Excel. Modules that the child imports (worker, limits, cells, layout
and the four parsers) import nothing of the project outside this package, so that it starts in some 50 ms.
"""

"""The page that imports a file: choose, match columns, check, import. Screens only; the work is services/importing.

``page`` holds the steps together, ``file_step``, ``columns_step``, ``check_step`` and ``result_step`` are what the
user sees of each, ``rows_model`` shows rows in a table. Imports services and widgets/base.
"""

from widgets.base.import_wizard.page import ImportPage

__all__ = ["ImportPage"]

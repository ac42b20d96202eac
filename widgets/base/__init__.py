"""What every screen is made of. May import printing, services and PySide6, and no domain.

``list_*`` are the parts of the list page, ``form_*`` and ``record_form`` of the generic form, ``document_page``
of pages of documents, ``line_grid`` of their lines, ``print_dialog`` and ``page_paper`` of their papers;
``editors`` has one file per kind of value; ``tasks`` keeps work off the window's thread, ``keeping`` and
``page_writes`` keep what is typed, ``workspace`` and ``tab_*`` hold the pages, ``style`` colours and sizes.
"""

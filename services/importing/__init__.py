"""Import of files of rows into any entity that is ``importable`` (PLT-19, CUS-06, PRD-04).

``plan`` says which column is which field and how duplicates are handled; ``conversion`` turns cells into values,
``references`` names into ids, ``duplicates`` finds what exists already; ``checking`` goes through a file without
writing (the dry run); ``running`` writes it in one transaction and takes a whole import back; ``writing`` holds
the statements; ``rejected`` writes the refused rows to a file; ``entity.Companion`` declares second
records in the same row, such as the contact beside his company. Imports models and services; never Qt.
"""

"""``shuke bench``: the budget of the program, each line against the same work in hand-written SQL in one run.

May import services, models and app; no screens.
"""

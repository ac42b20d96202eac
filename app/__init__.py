"""The composition root: knows everybody, is known by nobody. May import every other package.

``cli`` and ``commands`` are what is typed, ``main`` and ``workplace`` the client from login to window,
``main_window`` the shell, ``navigation`` both menus, ``embedded`` and ``sharing`` the server that comes along,
``tour`` the pictures of everything, ``bench`` the measurements.
"""

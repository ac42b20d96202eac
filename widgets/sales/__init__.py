"""Screens of orders.

``order_form`` puts together ``order_title``, ``order_head`` (the customer with his credit limit and what he
owes, dates, terms), ``order_lines`` with ``lines_view`` (the grid), ``price_panel`` beside it and
``totals_bar`` below; what comes of an order starts in ``order_follow_ups``, ``print_data`` is what its paper
says. May import printing, services and PySide6; other domains are reached through the shell.
"""

"""Products with their categories, packs, codes, price levels, prices, price history and costs.

``product_columns`` is the list's, ``pricing`` changes many prices by a formula, ``packs`` counts in boxes. May
import models and services; never Qt.
"""

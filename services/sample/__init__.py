"""The sample company (ADM-32): the values of a trading firm with shop, made by a seeded generator.

Plain tuples and dataclasses without a database; what fills the tables builds on them. Every stream of values
is made in blocks whose random numbers depend only on the seed, the stream's name and the block's number
(``seeds.block_rng``), so the same seed gives the same data, a larger size keeps the smaller one as its
prefix, and any block can be made alone. Words and weights lie in ``resources/reference/sample``.

May import services and resources; no Qt, no SQL.
"""

"""The commands of ``shuke``: one file per group; ``app.cli`` puts them together.

May import services, models and app; of the screens only what starts the client.
"""

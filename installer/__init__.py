"""What the makers of the program run: icons, fonts, regions, the migration, the list of words. May import
everything.
"""

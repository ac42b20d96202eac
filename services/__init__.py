"""What the business does: queries, commands, search, import and export. May import models; never Qt."""

"""The screen of purchase requests. May import widgets.base and services; other domains through the shell."""

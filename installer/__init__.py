"""Windows installer, server set-up and service definitions."""

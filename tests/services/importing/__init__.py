"""Import of files by the service, on the real server, as the people of the office."""

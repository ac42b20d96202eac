"""Purchase requests on the screen."""

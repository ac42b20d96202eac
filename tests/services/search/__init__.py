"""Quick search against a real PostgreSQL, with real places, people, companies and products."""

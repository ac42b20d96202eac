"""Documents on paper: layouts, PDF, Word, Excel, preview. May import services; never sqlalchemy or psycopg."""

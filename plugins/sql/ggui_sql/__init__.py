"""``sql``: what the server knows, on disk: one SQLite file, or PostgreSQL."""

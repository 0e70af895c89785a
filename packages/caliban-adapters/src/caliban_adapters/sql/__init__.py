"""The history in a database: SQLite on one machine, or a server that a team shares."""

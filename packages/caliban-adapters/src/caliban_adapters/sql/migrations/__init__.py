"""How the tables of the history came to be, as Alembic runs it: one module a step, never edited."""

"""Where jobs came from, and when they started."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add launches; jobs of earlier ones have none."""
    op.create_table(
        "launches",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("base_digest", sa.Text()),
        sa.Column("git_commit", sa.String()),
        sa.Column("git_dirty", sa.Boolean()),
        sa.Column("git_diff", sa.String()),
        sa.PrimaryKeyConstraint("id", name="pk_launches"),
    )
    op.add_column("jobs", sa.Column("started_at", sa.BigInteger()))
    # Said in SQL, which both databases read alike: Alembic adds no foreign key to SQLite's tables.
    op.execute(
        "ALTER TABLE jobs ADD COLUMN launch_id INTEGER "
        "CONSTRAINT fk_jobs_launch_id REFERENCES launches (id)"
    )

"""Groups, image specs, experiments and jobs."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables, and give the history its identity."""
    op.create_table(
        "meta",
        sa.Column("history_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("history_id", name="pk_meta"),
    )
    _make_what_experiments_refer_to()
    _make_experiments()
    _make_jobs()
    meta = sa.table("meta", sa.column("history_id", sa.String()))
    op.execute(meta.insert().values(history_id=uuid4().hex))


def _make_what_experiments_refer_to() -> None:
    op.create_table(
        "groups",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_groups"),
        sa.UniqueConstraint("name", name="uq_groups_name"),
    )
    op.create_table(
        "image_specs",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("spec", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_image_specs"),
        sa.UniqueConstraint("key", name="uq_image_specs_key"),
    )


def _make_experiments() -> None:
    op.create_table(
        "experiments",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("spec_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("script", sa.Text(), nullable=False),
        sa.Column("argv", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_experiments"),
        sa.UniqueConstraint(
            "group_id", "spec_id", "key", name="uq_experiments_group_id_spec_id_key"
        ),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name="fk_experiments_group_id"),
        sa.ForeignKeyConstraint(["spec_id"], ["image_specs.id"], name="fk_experiments_spec_id"),
    )


def _make_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("experiment_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("image", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("exit_code", sa.Integer()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("handle", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.ForeignKeyConstraint(
            ["experiment_id"], ["experiments.id"], name="fk_jobs_experiment_id"
        ),
        sa.UniqueConstraint("name", name="uq_jobs_name"),
    )
    op.create_index("jobs_of_experiment", "jobs", ["experiment_id", "id"])
    op.create_index("jobs_of_user", "jobs", ["user", "id"])
    unsettled = sa.column("settled", sa.Boolean()).is_(sa.false())
    op.create_index(
        "jobs_unsettled", "jobs", ["id"], sqlite_where=unsettled, postgresql_where=unsettled
    )

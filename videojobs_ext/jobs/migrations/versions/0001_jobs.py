"""The jobs table.

The downgrade drops it with all jobs; ``jupyter videojobs rebuild`` reads them back from the
``job.json`` beside each job's output.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_STATUSES = ("pending", "running", "completed", "failed")
_REASONS = (
    "error",
    "cancelled",
    "timeout",
    "crashed",
    "out_of_memory",
    "bad_video",
    "missing_input",
)


def upgrade() -> None:
    """Make the table; secondary indexes everywhere but on DuckDB, where a kill can break them."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "jobs",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("status", _choice("job_status", _STATUSES), nullable=False),
        sa.Column("pipeline_id", sa.String(), nullable=False),
        sa.Column("pipeline", sa.String(), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("input_path", sa.String(), nullable=False),
        sa.Column("input_name", sa.String(), nullable=False),
        sa.Column("input_sha256", sa.String(), nullable=True),
        sa.Column("output_path", sa.String(), nullable=True),
        sa.Column("error_message", sa.String(), nullable=True),
        sa.Column("failure_reason", _choice("job_failure_reason", _REASONS), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("frames_done", sa.Integer(), nullable=False),
        sa.Column("frames_total", sa.Integer(), nullable=True),
        sa.Column("chunks_done", sa.Integer(), nullable=False),
        sa.Column("chunks_total", sa.Integer(), nullable=True),
        sa.Column("stage", sa.String(), nullable=True),
        sa.Column("fps", sa.Double(), nullable=True),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.Column("queued_at", moment, nullable=False),
        sa.Column("started_at", moment, nullable=True),
        sa.Column("finished_at", moment, nullable=True),
        sa.Column("worker_id", sa.String(), nullable=True),
        sa.Column("lease_expires_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("job_id"),
    )
    if op.get_context().dialect.name != "duckdb":
        op.create_index("jobs_queue", "jobs", ["status", "queued_at", "created_at", "job_id"])
        op.create_index("jobs_newest", "jobs", ["created_at", "job_id"])
        op.create_index("jobs_input", "jobs", ["input_path"])


def downgrade() -> None:
    """Drop the table, its indexes and its jobs."""
    op.drop_table("jobs")


def _choice(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)

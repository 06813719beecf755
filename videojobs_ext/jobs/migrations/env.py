"""Alembic's entry: runs on the connection that the store hands over, which also commits."""

from __future__ import annotations

import duckdb_sqlalchemy.alembic_impl  # noqa: F401 - tells Alembic about DuckDB
from alembic import context

from videojobs_ext.jobs.model import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()

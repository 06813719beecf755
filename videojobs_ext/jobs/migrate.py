"""Bringing a database's tables to a revision, over the store's own connection."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError
from sqlalchemy import Connection, text

from videojobs_ext.jobs.database import Database
from videojobs_ext.jobs.errors import DatabaseUnavailable

#: PostgreSQL's advisory lock under which one server at a time migrates: "vjob" in ASCII.
_MIGRATION_LOCK = 0x766A6F62


def migrate(database: Database, revision: str) -> None:
    """Run the migrations up or down to ``revision``: a revision's id, "head" or "base".

    All of it is one transaction. Raises DatabaseUnavailable for a database that a newer version
    has migrated, and for a revision that there isn't.
    """
    config = Config()
    config.set_main_option("script_location", "videojobs_ext.jobs:migrations")
    config.set_main_option("path_separator", "os")

    def work(connection: Connection) -> None:
        if database.dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        config.attributes["connection"] = connection
        go = command.downgrade if _lies_below(connection, config, revision) else command.upgrade
        go(config, revision)

    try:
        database.write_schema(work)
    except (CommandError, RevisionError) as error:
        raise DatabaseUnavailable(
            f"The job database can't be brought to revision {revision}: {error}. A database that a "
            f"newer version has used needs that version: pip install --upgrade videojobs_ext."
        ) from error
    database.checkpoint()


def _lies_below(connection: Connection, config: Config, revision: str) -> bool:
    current = MigrationContext.configure(connection).get_current_revision()
    if revision == "base" or current is None:
        return revision == "base"
    script = ScriptDirectory.from_config(config)
    return revision in {older.revision for older in script.iterate_revisions(current, "base")}

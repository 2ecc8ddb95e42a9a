"""Bringing a database to the schema of this version, and telling when that is not possible."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from bot.errors import SetupError
from bot.storage.database import Database


def config_for(connection: Connection | None = None) -> Config:
    """Alembic's settings for our own folder of migrations."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


async def migrate(database: Database, target: str = "head") -> None:
    """Bring the schema to `target`; SetupError when the database is newer than this version."""
    async with database.begin() as run:
        await run.connection.run_sync(_to, target)


def _to(connection: Connection, target: str) -> None:
    config = config_for(connection)
    if connection.dialect.name == "postgresql":
        # Several workers start at once: one migrates, the others wait and find it done.
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(5077103)")
    try:
        if target == "head":
            command.upgrade(config, target)
        else:
            command.downgrade(config, target)
    except CommandError:
        known = ScriptDirectory.from_config(config).get_current_head()
        raise SetupError(
            "STILLWATER_DATABASE_URL: this database was made by a newer version of Stillwater "
            f"(this one knows up to {known}); install that version or restore an older backup"
        ) from None


def revision_of(connection: Connection) -> str | None:
    """The revision that a database is at; None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()

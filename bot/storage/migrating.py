"""Bringing a database to the schema of this version, and telling when that is not possible."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from bot.errors import SetupError
from bot.storage.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0001"
"""The newest revision in migrations/versions; a test holds it to that.

Alembic is only imported where there is something to do: it takes 10 MB and a fifth of a second, and
nearly every start finds the schema as it should be.
"""


def config_for(connection: Connection | None = None) -> "Config":
    """Alembic's settings for our own folder of migrations."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


async def migrate(database: Database, target: str = "head") -> None:
    """Bring the schema to `target`; SetupError when the database is newer than this version."""
    async with database.begin() as run:
        if target != "head" or await run.connection.run_sync(revision_of) != HEAD:
            await run.connection.run_sync(_to, target)


def _to(connection: Connection, target: str) -> None:
    from alembic import command
    from alembic.util import CommandError

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
        raise SetupError(
            "STILLWATER_DATABASE_URL: this database was made by a newer version of Stillwater "
            f"(this one knows up to {HEAD}); install that version or restore an older backup"
        ) from None


def revision_of(connection: Connection) -> str | None:
    """The revision that a database is at; None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found

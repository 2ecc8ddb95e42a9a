import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from bot.errors import SetupError
from bot.storage.database import Database
from bot.storage.migrating import HEAD, config_for, migrate, revision_of
from bot.storage.tables import metadata
from tests.databases import vault


def steps() -> list[str]:
    """Every revision, oldest first."""
    scripts = ScriptDirectory.from_config(config_for())
    return [script.revision for script in scripts.walk_revisions()][::-1]


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    return list(compare_metadata(context, metadata))


async def test_every_step_goes_up_and_down_and_up_again(empty_url: str) -> None:
    database = Database(empty_url, vault())
    await migrate(database)
    for target in [*steps()[-2::-1], "base"]:
        await migrate(database, target)
        async with database.begin() as run:
            now_at = await run.connection.run_sync(revision_of)
            left = await run.connection.run_sync(tables)
        assert now_at == (None if target == "base" else target)
        assert target != "base" or left == set()
        await migrate(database)
    async with database.begin() as run:
        assert await run.connection.run_sync(tables) == set(metadata.tables)
    await database.close()


async def test_the_tables_in_code_are_those_of_the_newest_migration(database: Database) -> None:
    async with database.begin() as run:
        assert await run.connection.run_sync(differences) == []


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    await migrate(database)
    async with database.begin() as run:
        assert await run.connection.run_sync(revision_of) == steps()[-1]


async def test_a_database_newer_than_the_code_is_refused_in_one_line(empty_url: str) -> None:
    database = Database(empty_url, vault())
    await migrate(database)
    async with database.begin() as run:
        await run(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SetupError, match="newer version of Stillwater") as caught:
        await migrate(database)
    assert "\n" not in str(caught.value)
    await database.close()


def test_the_head_that_a_start_compares_with_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(config_for()).get_current_head() == HEAD

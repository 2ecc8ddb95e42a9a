import base64
import os
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.errors import KeyFileError, SettingsError, SetupError
from bot.storage import people
from bot.storage.opening import check_bot, claim_folder, open_database, sqlite_url
from tests.storage.conftest import NOW

SECRET = base64.b64encode(b"s" * 32).decode()


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


async def filled(url: str, key: Path) -> None:
    """A database that was used, and is closed again."""
    opened = await open_database(url, key)
    async with opened.database.begin() as run:
        await people.add(run, 1001, "en", 1, NOW)
    await opened.database.close()


def wrong(key: Path) -> None:
    key.write_text(f"index:{SECRET}\n1:{SECRET}\n")


def incomplete(key: Path) -> None:
    key.write_text(f"1:{SECRET}\n")


def missing(key: Path) -> None:
    """Gone, as after a move to a new machine without the key."""


async def test_a_first_start_makes_a_key_and_says_so(empty_url: str, tmp_path: Path) -> None:
    first = await open_database(empty_url, tmp_path / "key")
    await first.database.close()
    second = await open_database(empty_url, tmp_path / "key")
    await second.database.close()
    assert (first.key_is_new, second.key_is_new) == (True, False)


async def test_a_key_that_is_already_there_is_used_for_a_new_database(
    empty_url: str, tmp_path: Path
) -> None:
    wrong(tmp_path / "key")
    before = (tmp_path / "key").read_bytes()
    opened = await open_database(empty_url, tmp_path / "key")
    await opened.database.close()
    assert not opened.key_is_new
    assert (tmp_path / "key").read_bytes() == before


@pytest.mark.parametrize("spoil", [wrong, incomplete, missing])
async def test_without_its_key_a_used_sqlite_database_is_refused_and_not_touched(
    tmp_path: Path, spoil: object
) -> None:
    data, key = tmp_path / "data", tmp_path / "key"
    data.mkdir()
    await filled(sqlite_url(data), key)
    key.unlink()
    assert callable(spoil)
    spoil(key)
    before = bytes_of(data)
    with pytest.raises(KeyFileError, match="STILLWATER_KEY_FILE") as caught:
        await open_database(sqlite_url(data), key)
    assert "\n" not in str(caught.value)
    assert bytes_of(data) == before
    assert key.exists() == (spoil is not missing)


@pytest.mark.parametrize("spoil", [wrong, incomplete, missing])
async def test_without_its_key_a_used_database_is_refused(
    empty_url: str, tmp_path: Path, spoil: object
) -> None:
    key = tmp_path / "key"
    await filled(empty_url, key)
    key.unlink()
    assert callable(spoil)
    spoil(key)
    with pytest.raises(KeyFileError, match="STILLWATER_KEY_FILE"):
        await open_database(empty_url, key)
    assert key.exists() == (spoil is not missing)


async def test_a_wrong_key_is_refused_before_the_schema_is_brought_up(
    empty_url: str, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    opened = await open_database(empty_url, key)
    async with opened.database.begin() as run:
        await run(text("UPDATE alembic_version SET version_num = '0000'"))
    await opened.database.close()
    key.unlink()
    wrong(key)
    with pytest.raises(KeyFileError):
        await open_database(empty_url, key)


async def test_a_file_that_is_no_database_is_refused_in_one_line(tmp_path: Path) -> None:
    data, key = tmp_path / "data", tmp_path / "key"
    data.mkdir()
    (data / "stillwater.db").write_bytes(b"not a database, whatever it is called " * 200)
    before = bytes_of(data)
    with pytest.raises(SetupError, match="cannot be opened") as caught:
        await open_database(sqlite_url(data), key)
    assert "\n" not in str(caught.value)
    assert bytes_of(data) == before
    assert not key.exists()


@pytest.mark.postgres
async def test_a_server_that_is_not_there_is_refused_in_one_line(tmp_path: Path) -> None:
    url = "postgresql+asyncpg://nobody:secret@127.0.0.1:1/nothing"
    with pytest.raises(SetupError, match="STILLWATER_DATABASE_URL") as caught:
        await open_database(url, tmp_path / "key")
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


async def test_one_database_belongs_to_one_bot(empty_url: str, tmp_path: Path) -> None:
    opened = await open_database(empty_url, tmp_path / "key")
    await check_bot(opened.database, 1)
    await check_bot(opened.database, 1)
    with pytest.raises(SettingsError, match=r"STILLWATER_TOKEN.*another bot"):
        await check_bot(opened.database, 2)
    await opened.database.close()


def test_a_folder_is_claimed_by_one_process_where_the_database_lies_in_it(tmp_path: Path) -> None:
    first = claim_folder(tmp_path / "data", alone=True)
    with pytest.raises(SettingsError, match="another Stillwater runs") as caught:
        claim_folder(tmp_path / "data", alone=True)
    assert "\n" not in str(caught.value)
    os.close(first)
    os.close(claim_folder(tmp_path / "data", alone=True))


def test_workers_with_a_database_elsewhere_share_a_folder(tmp_path: Path) -> None:
    first = claim_folder(tmp_path, alone=False)
    second = claim_folder(tmp_path, alone=False)
    with pytest.raises(SettingsError):
        claim_folder(tmp_path, alone=True)
    os.close(first)
    os.close(second)


def test_a_new_folder_is_closed_to_others(tmp_path: Path) -> None:
    os.close(claim_folder(tmp_path / "data", alone=True))
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SettingsError, match=r"STILLWATER_DATA_DIR: .* cannot be written") as caught:
        claim_folder(tmp_path / "file" / "data", alone=True)
    assert "\n" not in str(caught.value)

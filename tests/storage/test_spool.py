import base64
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import StorageUnavailable, Undecipherable
from bot.storage.inbox import Arrival
from bot.storage.spool import Spool
from bot.storage.vault import Vault
from tests.databases import INDEX, vault

HELLO = Arrival(raw='{"update_id":1}', chat_id=1001, update_id=1)
AID = Arrival(raw='{"update_id":2}', chat_id=None, update_id=2, aid=True)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    made = Spool(tmp_path / "spool", vault())
    made.prepare()
    return made


def everything(spool: Spool) -> list[list[Arrival]]:
    return [spool.read(batch) for batch in spool.batches()]


def test_batches_come_back_whole_and_oldest_first(spool: Spool) -> None:
    spool.append([HELLO])
    spool.append([AID, HELLO])
    assert everything(spool) == [[HELLO], [AID, HELLO]]


def test_batches_survive_the_process(spool: Spool, tmp_path: Path) -> None:
    spool.append([HELLO])
    again = Spool(tmp_path / "spool", vault())
    again.prepare()
    assert everything(again) == [[HELLO]]


def test_a_batch_is_forgotten_once_and_twice_does_no_harm(spool: Spool) -> None:
    spool.append([HELLO])
    (batch,) = spool.batches()
    spool.remove(batch)
    spool.remove(batch)
    assert spool.batches() == []


def test_nothing_can_be_read_on_the_disk(spool: Spool, tmp_path: Path) -> None:
    spool.append([HELLO])
    written = b"".join(file.read_bytes() for file in (tmp_path / "spool").iterdir())
    assert b"update_id" not in written
    assert b"1001" not in written


def test_another_key_does_not_open_a_batch(spool: Spool, tmp_path: Path) -> None:
    spool.append([HELLO])
    other = Spool(tmp_path / "spool", Vault({1: b"o" * 32}, INDEX))
    with pytest.raises(Undecipherable):
        other.read(other.batches()[0])


@pytest.mark.parametrize("content", [b"", b"AAAA", b"not base64 at all\xff", b"x" * 100])
def test_a_damaged_batch_is_said_to_be_unreadable(
    spool: Spool, tmp_path: Path, content: bytes
) -> None:
    spool.append([HELLO])
    (batch,) = spool.batches()
    batch.write_bytes(content)
    with pytest.raises(Undecipherable):
        spool.read(batch)


def test_a_batch_under_another_name_does_not_open(spool: Spool) -> None:
    spool.append([HELLO])
    (batch,) = spool.batches()
    moved = batch.rename(batch.with_name("0.sealed"))
    with pytest.raises(Undecipherable):
        spool.read(moved)


def test_a_draft_that_was_never_finished_is_not_taken_for_a_batch(
    spool: Spool, tmp_path: Path
) -> None:
    (tmp_path / "spool" / "half.draft").write_bytes(b"half")
    assert spool.batches() == []


def test_a_folder_that_is_gone_makes_the_storage_unavailable(spool: Spool, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "spool")
    with pytest.raises(StorageUnavailable):
        spool.append([HELLO])


def test_a_disk_that_takes_no_more_makes_the_storage_unavailable(tmp_path: Path) -> None:
    # A file where the folder should be refuses every write, to the superuser too.
    (tmp_path / "spool").write_bytes(b"")
    with pytest.raises(StorageUnavailable):
        Spool(tmp_path / "spool", vault()).append([HELLO])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(alphabet=st.characters(), max_size=60), st.integers(-(2**63), 2**63 - 1))
def test_any_update_comes_back_as_it_came(tmp_path: Path, raw: str, number: int) -> None:
    spool = Spool(tmp_path / "any", vault())
    spool.prepare()
    arrival = Arrival(raw=raw, chat_id=number, update_id=number)
    spool.append([arrival])
    (batch,) = spool.batches()
    assert spool.read(batch) == [arrival]
    spool.remove(batch)


def test_a_batch_of_another_version_is_no_batch_of_ours(spool: Spool, tmp_path: Path) -> None:
    name = "0" * 32 + ".sealed"
    sealed = vault().seal('[{"raw":"{}","from_the_future":1}]', f"spool|{name}")
    (tmp_path / "spool" / name).write_bytes(base64.b64encode(sealed))
    (batch,) = spool.batches()
    with pytest.raises(Undecipherable):
        spool.read(batch)


def test_what_does_not_open_is_set_aside_and_kept(spool: Spool, tmp_path: Path) -> None:
    spool.append([HELLO])
    (batch,) = spool.batches()
    spool.set_aside(batch)
    assert spool.batches() == []
    assert [each.suffix for each in (tmp_path / "spool").iterdir()] == [".unreadable"]


def test_a_disk_that_does_not_read_or_forget_is_no_damage(spool: Spool, tmp_path: Path) -> None:
    folder = tmp_path / "spool" / ("1" * 32 + ".sealed")
    folder.mkdir()  # neither can be done with a folder, whoever asks
    with pytest.raises(StorageUnavailable):
        spool.read(folder)
    with pytest.raises(StorageUnavailable):
        spool.remove(folder)

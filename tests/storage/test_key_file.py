import base64
from pathlib import Path

import pytest

from bot.errors import KeyFileError
from bot.storage.vault import load_key_file, make_key_file

SECRET = base64.b64encode(bytes(32)).decode()
OTHER = base64.b64encode(b"o" * 32).decode()
SHORT = base64.b64encode(bytes(31)).decode()


def test_a_new_key_file_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    make_key_file(tmp_path / "deep" / "key")
    assert (tmp_path / "deep" / "key").stat().st_mode & 0o777 == 0o400


def test_a_new_key_file_opens_what_its_vault_sealed(tmp_path: Path) -> None:
    vault = make_key_file(tmp_path / "key")
    sealed = vault.seal("hello", "place")
    again = load_key_file(tmp_path / "key")
    assert again.open(sealed, "place") == "hello"
    assert again.hash("1001", "chat") == vault.hash("1001", "chat")


def test_two_new_key_files_hold_different_secrets(tmp_path: Path) -> None:
    one, two = make_key_file(tmp_path / "one"), make_key_file(tmp_path / "two")
    assert one.hash("1001", "chat") != two.hash("1001", "chat")


@pytest.mark.parametrize("content", [b"", b"precious"])
def test_an_existing_file_is_never_overwritten(tmp_path: Path, content: bytes) -> None:
    key = tmp_path / "key"
    key.write_bytes(content)
    with pytest.raises((KeyFileError, FileExistsError)):
        make_key_file(key)
    assert key.read_bytes() == content


def test_a_key_file_that_cannot_be_made_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(KeyFileError, match="STILLWATER_KEY_FILE") as caught:
        make_key_file(tmp_path / "file" / "key")
    assert "\n" not in str(caught.value)


def test_comments_blank_lines_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(f"# mine\r\n\r\nindex:{SECRET}\r\n1:{SECRET}\r\n".encode())
    vault = load_key_file(key)
    assert vault.open(vault.seal("hello", "place"), "place") == "hello"


def test_of_two_keys_the_one_with_the_higher_number_seals(tmp_path: Path) -> None:
    both, old = tmp_path / "both", tmp_path / "old"
    both.write_text(f"index:{SECRET}\n2:{OTHER}\n1:{SECRET}\n")
    old.write_text(f"index:{SECRET}\n1:{SECRET}\n")
    sealed = load_key_file(both).seal("hello", "place")
    assert sealed[1] == 2
    assert load_key_file(both).open(load_key_file(old).seal("old", "place"), "place") == "old"


@pytest.mark.parametrize(
    "content",
    [
        "",
        f"1:{SECRET}\n",
        f"index:{SECRET}\n",
        f"index:{SECRET}\n1:{SHORT}\n",
        f"index:{SECRET}\n1:{SECRET[:20]}\n",
        f"index:{SECRET}\n1:{SECRET}\n2:not base64\n",
        f"index:{SECRET}\n0:{SECRET}\n",
        f"index:{SECRET}\n256:{SECRET}\n",
        f"index:{SECRET}\none:{SECRET}\n",
        "\N{SNOWMAN}",
    ],
)
def test_an_incomplete_key_file_is_refused_without_showing_a_secret(
    tmp_path: Path, content: str
) -> None:
    key = tmp_path / "key"
    key.write_text(content, "utf-8")
    with pytest.raises(KeyFileError, match="STILLWATER_KEY_FILE") as caught:
        load_key_file(key)
    assert "\n" not in str(caught.value)
    assert SECRET[:8] not in str(caught.value)


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="is missing"):
        load_key_file(tmp_path / "key")

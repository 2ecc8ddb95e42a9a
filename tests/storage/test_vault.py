import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Undecipherable
from bot.storage.vault import Vault

OLD, NEW, OTHER = bytes(32), b"n" * 32, b"o" * 32
INDEX = b"i" * 32
PLACE = "answer.value|1"

# Broken updates bring halves of surrogate pairs, which plain UTF-8 refuses.
any_text = st.text(alphabet=st.characters(), max_size=200)


@given(any_text | st.text(alphabet=st.characters(categories=["Cs"]), max_size=20))
def test_any_text_comes_back_as_it_went_in(clear: str) -> None:
    vault = Vault({1: OLD}, INDEX)
    assert vault.open(vault.seal(clear, PLACE), PLACE) == clear


@given(any_text, st.text(max_size=40), st.text(max_size=40))
def test_what_is_moved_to_another_place_does_not_open(clear: str, place: str, other: str) -> None:
    vault = Vault({1: OLD}, INDEX)
    sealed = vault.seal(clear, place)
    if place == other:
        assert vault.open(sealed, other) == clear
        return
    with pytest.raises(Undecipherable):
        vault.open(sealed, other)


def test_a_wrong_key_does_not_open() -> None:
    sealed = Vault({1: OLD}, INDEX).seal("a secret", PLACE)
    with pytest.raises(Undecipherable) as caught:
        Vault({1: OTHER}, INDEX).open(sealed, PLACE)
    assert "secret" not in str(caught.value)


@given(st.data())
def test_a_single_changed_bit_does_not_open(data: st.DataObject) -> None:
    vault = Vault({1: OLD}, INDEX)
    sealed = bytearray(vault.seal("a secret", PLACE))
    at = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[at // 8] ^= 1 << (at % 8)
    with pytest.raises(Undecipherable):
        vault.open(bytes(sealed), PLACE)


@given(st.binary(max_size=40))
def test_what_was_never_sealed_does_not_open(rubbish: bytes) -> None:
    with pytest.raises(Undecipherable):
        Vault({1: OLD}, INDEX).open(rubbish, PLACE)


def test_after_a_rotation_the_highest_key_seals_and_both_open() -> None:
    before = Vault({1: OLD}, INDEX)
    after = Vault({1: OLD, 2: NEW}, INDEX)
    assert after.open(before.seal("old", PLACE), PLACE) == "old"
    sealed = after.seal("new", PLACE)
    assert after.open(sealed, PLACE) == "new"
    assert Vault({2: NEW}, INDEX).open(sealed, PLACE) == "new"
    with pytest.raises(Undecipherable):
        before.open(sealed, PLACE)


def test_a_rotation_does_not_change_the_hashes_by_which_people_are_found() -> None:
    before = Vault({1: OLD}, INDEX)
    after = Vault({1: OLD, 2: NEW}, INDEX)
    assert before.hash("1001", "chat") == after.hash("1001", "chat")
    assert Vault({1: OLD}, OTHER).hash("1001", "chat") != before.hash("1001", "chat")


def test_the_same_id_hashes_differently_for_different_purposes() -> None:
    vault = Vault({1: OLD}, INDEX)
    assert vault.hash("1001", "chat") != vault.hash("1001", "lane")


def test_the_same_text_never_seals_to_the_same_bytes() -> None:
    vault = Vault({1: OLD}, INDEX)
    assert vault.seal("yes", PLACE) != vault.seal("yes", PLACE)


def test_the_sealed_form_shows_nothing_of_the_text() -> None:
    sealed = Vault({1: OLD}, INDEX).seal("a secret", PLACE)
    assert b"secret" not in sealed
    assert b"secret" not in base64.b64encode(sealed)

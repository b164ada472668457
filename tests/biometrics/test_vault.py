"""The vault: bound to what it belongs to, keys by their fingerprint, turned over."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from warehouse.console import Problem
from warehouse.settings import Settings
from warehouse.vault import CURRENT, KEY_PREFIX, KeyWrong, SealBroken, Vault, key_id_of

pytestmark = pytest.mark.unit
SECRET = b"a face"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var_dir=tmp_path)


@pytest.fixture
def vault(settings: Settings) -> Vault:
    return Vault(settings)


def test_what_was_sealed_opens_again(vault: Vault, settings: Settings) -> None:
    sealed = vault.seal(SECRET, "template E1 1")

    assert SECRET not in sealed
    assert Vault(settings).open(sealed, "template E1 1") == SECRET
    assert vault.seal(SECRET, "template E1 1") != sealed, "a nonce is used once"


def test_a_value_that_was_moved_does_not_open(vault: Vault) -> None:
    sealed = vault.seal(SECRET, "template E1 1")

    with pytest.raises(SealBroken):
        vault.open(sealed, "template E2 1")


@pytest.mark.parametrize("place", [5, 25, -1])
def test_a_changed_byte_does_not_open(vault: Vault, place: int) -> None:
    sealed = bytearray(vault.seal(SECRET, "x"))
    sealed[place] ^= 1

    with pytest.raises((SealBroken, KeyWrong)):
        vault.open(bytes(sealed), "x")


@pytest.mark.parametrize("sealed", [b"", b"HV1", b"HV1\xff", b"HV1\x03../rest", b"\xff\xd8\xff\xe0 a plain jpeg"])
def test_what_is_no_sealed_value_is_said_so(vault: Vault, sealed: bytes) -> None:
    with pytest.raises(SealBroken):
        vault.open(sealed, "x")


def test_a_lost_key_is_named(vault: Vault, settings: Settings) -> None:
    sealed = vault.seal(SECRET, "x")
    (settings.secrets_dir / f"{KEY_PREFIX}{key_id_of(sealed)}").unlink()

    with pytest.raises(KeyWrong, match="tidak ada di folder rahasia"):
        Vault(settings).open(sealed, "x")


@pytest.mark.parametrize("content", [base64.urlsafe_b64encode(b"k" * 32), b"\xff not base64", b""])
def test_another_key_under_the_name_is_seen_before_it_is_used(vault: Vault, settings: Settings, content: bytes) -> None:
    sealed = vault.seal(SECRET, "x")
    (settings.secrets_dir / f"{KEY_PREFIX}{key_id_of(sealed)}").write_bytes(content)

    with pytest.raises(KeyWrong):
        Vault(settings).open(sealed, "x")


def test_keys_are_for_the_owner_only(vault: Vault, settings: Settings) -> None:
    vault.seal(SECRET, "x")

    assert {path.stat().st_mode & 0o777 for path in settings.secrets_dir.iterdir()} == {0o600}
    assert settings.secrets_dir.stat().st_mode & 0o777 == 0o700


def test_a_new_key_seals_and_the_old_one_opens_until_it_is_dropped(vault: Vault, settings: Settings) -> None:
    old = vault.seal(SECRET, "x")
    new_id = vault.make_new_key()
    new = vault.seal(SECRET, "x")

    assert key_id_of(new) == new_id != key_id_of(old)
    assert vault.open(old, "x") == vault.open(new, "x") == SECRET
    assert vault.drop_old_keys() == [key_id_of(old)]
    assert Vault(settings).open(new, "x") == SECRET
    with pytest.raises(KeyWrong):
        vault.open(old, "x")


def test_a_secrets_folder_that_cannot_be_written_is_said(settings: Settings) -> None:
    settings.secrets_dir.parent.mkdir(parents=True, exist_ok=True)
    settings.secrets_dir.write_text("a file, not a folder")

    with pytest.raises(Problem, match="folder rahasia"):
        Vault(settings).make_new_key()


def test_a_file_is_whole_or_not_there(vault: Vault, tmp_path: Path) -> None:
    path = tmp_path / "photos" / "ab" / "abcd"
    vault.write_file(path, SECRET, "photo 1")

    assert vault.read_file(path, "photo 1") == SECRET
    assert [one.name for one in path.parent.iterdir()] == ["abcd"]
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(SealBroken, match="tidak dapat dibaca"):
        vault.read_file(path.with_name("other"), "photo 1")


def test_the_first_of_two_processes_makes_the_key(settings: Settings) -> None:
    one, other = Vault(settings), Vault(settings)

    assert one.current_key_id == other.current_key_id == (settings.secrets_dir / CURRENT).read_text()

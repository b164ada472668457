"""Encryption at rest: AES-256-GCM under keys that lie outside the database, each ciphertext bound to its owner.

A sealed value names its key and carries its nonce; what it belongs to (an employee's template, a terminal's photo) is
authenticated with it, so a value that was moved to another row or a file under another name does not open. A key is
the file `vault_key_<id>` in the secrets folder, `vault_current` holds the id that new values are sealed under. The id
is a fingerprint of the key: another key under this name is seen before anything is opened with it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from warehouse.console import Problem
from warehouse.settings import Settings

MAGIC: Final = b"HV1"
NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32
KEY_PREFIX: Final = "vault_key_"
CURRENT: Final = "vault_current"


class KeyWrong(Problem):
    """A key is missing or is not the key of its name: everything sealed under it stays closed."""


class SealBroken(Exception):
    """One sealed value is damaged, or belongs to something else than what it was asked for."""


class Vault:
    """Seals and opens values and files; keys are read once and kept in memory."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.secrets_dir
        self._ciphers: dict[str, AESGCM] = {}

    @property
    def current_key_id(self) -> str:
        """The key of new values; the first one is made when nothing was ever sealed here."""
        path = self._folder / CURRENT
        if not path.exists():
            self._make_current(first=True)
        return path.read_text(encoding="ascii").strip()

    def seal(self, plain: bytes, bound_to: str) -> bytes:
        """The value encrypted under the current key, bound to the name of what it belongs to."""
        key_id = self.current_key_id
        head = MAGIC + bytes([len(key_id)]) + key_id.encode("ascii")
        nonce = secrets.token_bytes(NONCE_BYTES)
        return head + nonce + self._cipher(key_id).encrypt(nonce, plain, _context(head, bound_to))

    def open(self, sealed: bytes, bound_to: str) -> bytes:
        """The plain value.

        Raises:
            KeyWrong: its key is missing or is another one.
            SealBroken: damaged, or sealed for something else.
        """
        key_id = key_id_of(sealed)
        start = len(MAGIC) + 1 + len(key_id)
        head, nonce, body = sealed[:start], sealed[start : start + NONCE_BYTES], sealed[start + NONCE_BYTES :]
        try:
            return self._cipher(key_id).decrypt(nonce, body, _context(head, bound_to))
        except (InvalidTag, ValueError) as error:
            raise SealBroken(f"segel '{bound_to}' rusak atau milik data lain") from error

    def write_file(self, path: Path, plain: bytes, bound_to: str) -> None:
        """Writes the sealed file completely and durably, or not at all; replaces one of the same name."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _replace(path, self.seal(plain, bound_to))

    def read_file(self, path: Path, bound_to: str) -> bytes:
        """The plain content.

        Raises:
            KeyWrong: see `open`.
            SealBroken: missing, damaged or sealed for something else.
        """
        try:
            sealed = path.read_bytes()
        except OSError as error:
            raise SealBroken(f"berkas bersegel '{bound_to}' tidak dapat dibaca: {error.strerror}") from error
        return self.open(sealed, bound_to)

    def make_new_key(self) -> str:
        """A new key that seals from now on; the old ones still open what they sealed.

        Raises:
            Problem: the secrets folder cannot be written.
        """
        return self._make_current(first=False)

    def drop_old_keys(self) -> list[str]:
        """Removes every key but the current one. Only when nothing is sealed under them any more."""
        current = self.current_key_id
        old = [path for path in self._folder.glob(f"{KEY_PREFIX}*") if path.name != KEY_PREFIX + current]
        for path in old:
            path.unlink()
        self._ciphers = {key: cipher for key, cipher in self._ciphers.items() if key == current}
        return sorted(path.name.removeprefix(KEY_PREFIX) for path in old)

    def _make_current(self, *, first: bool) -> str:
        key = secrets.token_bytes(KEY_BYTES)
        key_id = _fingerprint(key)
        path = self._folder / (KEY_PREFIX + key_id)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _replace(path, base64.urlsafe_b64encode(key))
            if not first:
                _replace(self._folder / CURRENT, key_id.encode("ascii"))
            elif not _write_once(self._folder / CURRENT, key_id.encode("ascii")):
                path.unlink()  # another process made the first key meanwhile
        except OSError as error:
            raise Problem(
                f"Kunci baru tidak dapat ditulis ke folder rahasia ({error.strerror}); beri hak tulis pada folder itu."
            ) from error
        return key_id

    def _cipher(self, key_id: str) -> AESGCM:
        if key_id not in self._ciphers:
            self._ciphers[key_id] = AESGCM(self._read_key(key_id))
        return self._ciphers[key_id]

    def _read_key(self, key_id: str) -> bytes:
        path = self._folder / (KEY_PREFIX + key_id)
        try:
            key = base64.urlsafe_b64decode(path.read_bytes())
        except FileNotFoundError as error:
            raise KeyWrong(
                f"Kunci '{KEY_PREFIX}{key_id}' tidak ada di folder rahasia; pulihkan berkasnya dari cadangan kunci."
            ) from error
        except (OSError, binascii.Error) as error:
            raise KeyWrong(f"Kunci '{KEY_PREFIX}{key_id}' tidak terbaca; pulihkan dari cadangan kunci.") from error
        if _fingerprint(key) != key_id:
            raise KeyWrong(f"Isi '{KEY_PREFIX}{key_id}' bukan kunci itu; pulihkan berkasnya dari cadangan kunci.")
        return key


def key_id_of(sealed: bytes) -> str:
    """The id of the key that a sealed value was sealed under.

    Raises:
        SealBroken: no sealed value.
    """
    start = len(MAGIC) + 1
    if len(sealed) < start or not sealed.startswith(MAGIC):
        raise SealBroken("bukan data bersegel")
    name = sealed[start : start + sealed[len(MAGIC)]]
    if not name.isascii() or not name.isalnum():
        raise SealBroken("bukan data bersegel")
    return name.decode("ascii")


def _fingerprint(key: bytes) -> str:
    return hashlib.sha256(b"hadir vault key\0" + key).hexdigest()[:16]


def _context(head: bytes, bound_to: str) -> bytes:
    return head + b"\0" + bound_to.encode("utf-8")


def _draft(path: Path, content: bytes) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _replace(path: Path, content: bytes) -> None:
    draft = _draft(path, content)
    try:
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def _write_once(path: Path, content: bytes) -> bool:
    draft = _draft(path, content)
    try:
        path.hardlink_to(draft)  # the first of two processes wins
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def sync_folder(folder: Path) -> None:
    """Makes names that were written or removed in the folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

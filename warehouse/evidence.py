"""Evidence: the bytes that a pull brought, kept compressed under the SHA-256 of the uncompressed bytes."""

from __future__ import annotations

import hashlib
import os
import secrets
import zlib
from pathlib import Path
from typing import Final

LEVEL: Final = 1  # half the size for a fifth of the time; records compress well at any level


class EvidenceBroken(Exception):
    """An evidence file is missing or its bytes are not those of its name."""


def evidence_path(evidence_dir: Path, sha256: str) -> Path:
    """Where the bytes with this hash lie: two levels of folders, so that none grows large."""
    return evidence_dir / sha256[:2] / sha256[2:4] / sha256


def write_evidence(evidence_dir: Path, content: bytes | memoryview, sha256: str) -> None:
    """Writes the file completely and durably, or not at all; the same bytes are written once."""
    path = evidence_path(evidence_dir, sha256)
    if path.exists():
        return
    changed = [path.parent, *(folder.parent for folder in (path.parent, path.parent.parent) if not folder.exists())]
    evidence_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # PINs and times are for this account alone
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{sha256}.{secrets.token_hex(4)}")
    try:
        with draft.open("wb") as file:
            file.write(zlib.compress(content, LEVEL))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    for folder in changed:
        _sync_folder(folder)


def read_evidence(evidence_dir: Path, sha256: str) -> bytes:
    """The bytes with this hash, proven.

    Raises:
        EvidenceBroken: missing, unreadable or other bytes.
    """
    try:
        content = zlib.decompress(evidence_path(evidence_dir, sha256).read_bytes())
    except (OSError, zlib.error) as error:
        raise EvidenceBroken(f"Berkas bukti {sha256} hilang atau rusak; pulihkan dari cadangan.") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise EvidenceBroken(f"Isi berkas bukti {sha256} berubah; pulihkan dari cadangan.")
    return content


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

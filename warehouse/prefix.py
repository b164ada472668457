"""Whether a log begins as it is known, by count and hash: only what comes behind that is new."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from warehouse.ledger import KnownPrefix


@dataclass(frozen=True, slots=True)
class Proof:
    """What of a log is known already, and the hash of the whole."""

    epoch: int
    known_count: int
    prefix_sha256: str


def prove_prefix(records: bytes | memoryview, record_size: int, known: KnownPrefix | None) -> Proof:
    """Compares the log with what is known by count and hash; equal: only the tail is new, else a new epoch begins."""
    view, whole = memoryview(records), hashlib.sha256()
    size = known.count * record_size if known is not None else 0
    if known is not None and size <= len(view) and _begins_as_known(view[:size], record_size, known, whole):
        whole.update(view[size:])
        return Proof(known.epoch, known.count, whole.hexdigest())
    return Proof(1 if known is None else known.epoch + 1, 0, hashlib.sha256(view).hexdigest())


def _begins_as_known(view: memoryview, record_size: int, known: KnownPrefix, whole: hashlib._Hash) -> bool:
    """Whether each known part is there, byte by byte; `whole` takes them all in: the first is hashed once for both."""
    place = 0
    for count, sha256 in known.parts:
        part = view[place : place + count * record_size]
        whole.update(part)
        found = whole if not place else hashlib.sha256(part)
        place += len(part)
        if found.hexdigest() != sha256:
            return False
    return place == len(view)

"""Finds a log again whose terminal was full and dropped its oldest records: what is left of it and what is new."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from psycopg2.extensions import cursor as Cursor

from warehouse import ledger
from warehouse.evidence import EvidenceBroken, read_evidence
from warehouse.ledger import KnownPrefix
from warehouse.prefix import Proof

logger = logging.getLogger(__name__)

ENOUGH: Final = 64  # different records that must be the same in their order; worn pages repeat one record
MOST_PLACES: Final = 16  # where the run may begin; a log that repeats itself more often proves nothing
SAMPLE: Final = 4096
HEAD: Final = 8  # bytes of a record by which places are looked for; no form of records is shorter

Rows = NDArray[np.uint8]


def prove_rotated(
    cursor: Cursor,
    serial: str,
    records: memoryview,
    *,
    evidence_dir: Path,
    record_size: int,
    known: KnownPrefix,
    capacity: int | None,
) -> Proof | None:
    """The proof of a log that begins within the known one and goes on behind its end; none when that is not proven.

    A log drops records by itself only when it is full: with what is new it must have come to its capacity. What was
    dropped before that was taken out by somebody.
    """
    if capacity is None or not len(records):
        return None
    log = _last_known(cursor, evidence_dir, serial, known, record_size)
    if log is None:
        return None
    kept = align(log, np.frombuffer(records, np.uint8).reshape(-1, record_size))
    fresh = len(records) // record_size - kept
    if not kept or known.count + fresh < capacity:
        return None
    return Proof(known.epoch, kept, hashlib.sha256(records).hexdigest())


def align(known: Rows, found: Rows) -> int:
    """How many of the last known records the found log begins with: the longest such run, 0 when it proves nothing."""
    if not len(known) or not len(found):
        return 0
    begins = np.flatnonzero((known[:, :HEAD] == found[0, :HEAD]).all(axis=1))
    lengths = len(known) - begins[begins > 0]
    lengths = lengths[lengths <= len(found)]
    lengths = lengths[(found[lengths - 1] == known[-1]).all(axis=1)]
    if not 0 < len(lengths) <= MOST_PLACES:
        return 0
    runs = (int(length) for length in lengths if np.array_equal(known[-length:], found[:length]))
    longest = next(runs, 0)  # places rise, so the lengths fall
    return longest if longest and _different(found[:longest]) >= ENOUGH else 0


def _different(rows: Rows) -> int:
    """At least so many records differ; a sample says it of a long log without a second copy of it."""
    sample = np.ascontiguousarray(rows[:: max(1, len(rows) // SAMPLE)])
    return len(np.unique(sample.view(f"V{rows.shape[1]}").ravel()))


def _last_known(cursor: Cursor, evidence_dir: Path, serial: str, known: KnownPrefix, record_size: int) -> Rows | None:
    """The log as the terminal held it at the last pull, put together from the evidence of the pulls of its epoch."""
    wanted, parts = known.count * record_size, []
    try:
        for offered, sha256 in ledger.evidence_of_epoch(cursor, serial, known.epoch):
            if wanted <= 0:
                break
            part = read_evidence(evidence_dir, sha256)
            if len(part) != offered * record_size:
                return None  # records of another form
            parts.append(part[-wanted:])
            wanted -= len(parts[-1])
    except EvidenceBroken as problem:
        logger.warning("terminal %s: %s", serial, problem)
        return None
    content = b"".join(reversed(parts))
    return np.frombuffer(content, np.uint8).reshape(-1, record_size) if wanted <= 0 and content else None

"""Decoded punches as CSV: `ordinal,pin,punched_at,state,verify,work_code`, rejects left out."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from extractors.records import PunchBatch
from warehouse.columns import number_text, rows_text, time_text

HEADER: Final = b"ordinal,pin,punched_at,state,verify,work_code\n"


def write_csv(path: Path, batch: PunchBatch) -> None:
    """Writes the whole file or none.

    Raises:
        OSError: the file cannot be written.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        draft.write_bytes(HEADER + _rows(batch))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _rows(batch: PunchBatch) -> bytes:
    day, second = time_text(batch.punched_at)
    ordinal, state, verify, work_code = (
        number_text(values.astype(np.int64)) for values in (batch.ordinal, batch.state, batch.verify, batch.work_code)
    )
    pins = _quoted(batch.pin)
    return rows_text(
        [ordinal, b",", pins, b",", day, b" ", second, b",", state, b",", verify, b",", work_code, b"\n"], len(batch)
    )


def _quoted(pins: NDArray[np.bytes_]) -> NDArray[np.bytes_]:
    """A comma or a quotation mark is printable and may stand in a PIN; then all are quoted."""
    needs_quotes = np.isin(pins.view(np.uint8), np.frombuffer(b',"', np.uint8)).any()
    if not needs_quotes:
        return pins
    doubled = np.char.replace(pins, b'"', b'""')
    return np.char.add(np.char.add(b'"', doubled), b'"')

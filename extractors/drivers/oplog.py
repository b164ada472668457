"""A terminal's own book of its menu (op-log): who set the clock, deleted a user, cleared the log.

ZK terminals give it as records of 16 bytes, little endian: u16 administrator, u8 operation, 1 unused byte, u32 time (as
in extractors/records.py), four u16 values. Source: adrobinoga/zk-protocol (F19).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from extractors.errors import ReadTransient
from extractors.records import calendar_times

ENTRY: Final = np.dtype(
    {
        "names": ["admin", "op_code", "time", "values"],
        "formats": ["<u2", "u1", "<u4", ("<u2", 4)],
        "offsets": [0, 2, 4, 8],
        "itemsize": 16,
    }
)


@dataclass(frozen=True, slots=True)
class OplogEntry:
    """One entry: who did what at the menu; `happened_at` is device wall time, `detail` what follows it, with TABs."""

    op_code: int
    admin: str
    happened_at: datetime
    detail: str


@dataclass(frozen=True, slots=True)
class Oplog:
    """A whole book; `unreadable` counts entries without a possible date."""

    entries: tuple[OplogEntry, ...]
    unreadable: int

    @property
    def count(self) -> int:
        """All entries that came."""
        return len(self.entries) + self.unreadable


def decode_oplog(content: bytes | memoryview) -> Oplog:
    """Decodes a book; any bytes give entries or a refusal.

    Raises:
        ReadTransient: no whole records.
    """
    if len(content) % ENTRY.itemsize:
        raise ReadTransient("decode", f"Buku operasi tidak lengkap: {len(content)} bita; tarik ulang.")
    raw = np.frombuffer(content, ENTRY)
    times, has_date = calendar_times(np.ascontiguousarray(raw["time"]))
    found = raw[has_date]
    details = found["values"].astype("U5")
    columns = (found["op_code"], found["admin"].astype("U5"), times[has_date].astype("datetime64[s]"), details)
    entries = tuple(
        OplogEntry(op_code, admin, happened_at, "\t".join(values))
        for op_code, admin, happened_at, values in zip(*(column.tolist() for column in columns), strict=True)
    )
    return Oplog(entries, len(raw) - len(found))

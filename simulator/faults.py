"""Faults by script: what a terminal does wrong, per serial, from a JSON file that is read again when it changes.

{"<serial>": {"cut_after": 5000, "times": 1}}: the first login is cut after 5000 sent bytes, the next ones are sound.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

logger = logging.getLogger(__name__)


class Fault(BaseModel):
    """What goes wrong. Bytes, frames and datagrams are counted over everything that is sent in one session.

    The line. refuse: the port is closed. hang_after, cut_after: silence or a reset after so many bytes. bytes_per_s:
    bandwidth. latency_s: wait before each answer. drip_s: wait after each byte (slow loris). segment: bytes per TCP
    write. lose, duplicate, reorder: share of the datagrams, drawn from `seed`; lose_at, duplicate_at, reorder_at:
    their numbers (from 1).

    The device. wrong_key: no key is accepted. bad_checksum: number of the data frame (from 1) whose checksum is
    wrong. frame_bytes: data bytes per CMD_DATA frame. events: event frames before each answer and inside transfers.
    early_ack: ACK before the data. empties: so many frames of data that hold none before the data of a transfer (over
    TCP): the line is busy and brings nothing. foreign_sessions: other session numbers in the frames of a transfer.
    restart_at: the device restarts at that data frame. refused: command -> answer. push_only: counts 0 records and
    answers 1503 with 4989. grow: the newest so many records are hidden until a transfer begins, then stay to be seen;
    grow_in: whether the transfer itself already holds them. torn: so many records are a worn page. wrong_layout:
    records in no known form. in_order_only: pieces of the log are given from its beginning only. lost_records: the
    transfer holds so many fewer than the counter says. false_length: the length word is wrong. oplog: the book of the
    menu (op-log) is refused, not known to this firmware, never answered, cut within an entry, or one entry short.

    times: number of logins it lasts for (null: always).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    refuse: bool = False
    wrong_key: bool = False
    hang_after: int | None = None
    cut_after: int | None = None
    bad_checksum: int | None = None
    bytes_per_s: int | None = None
    latency_s: float = 0
    drip_s: float = 0
    grow: int = 0
    grow_in: Literal["snapshot", "after"] = "after"
    segment: int | None = None
    frame_bytes: int | None = None
    push_only: bool = False
    lose: float = 0
    duplicate: float = 0
    reorder: float = 0
    lose_at: tuple[int, ...] = ()
    duplicate_at: tuple[int, ...] = ()
    reorder_at: tuple[int, ...] = ()
    seed: int = 2017
    events: bool = False
    early_ack: bool = False
    empties: int = 0
    foreign_sessions: bool = False
    restart_at: int | None = None
    refused: dict[int, int] = {}
    torn: int = 0
    wrong_layout: bool = False
    in_order_only: bool = False
    lost_records: int = 0
    false_length: bool = False
    oplog: Literal["refused", "unknown", "silent", "torn", "short"] | None = None
    times: int | None = None

    @property
    def is_slow(self) -> bool:
        """Whether bytes are sent in another way than at once."""
        edges = (self.hang_after, self.cut_after, self.segment, self.bytes_per_s)
        return any(edge is not None for edge in edges) or bool(self.drip_s)


NO_FAULT = Fault()
_FILE: TypeAdapter[dict[str, Fault]] = TypeAdapter(dict[str, Fault])


class FaultFile:
    """The faults in force. Without a path they are set by `set`."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._faults: dict[str, Fault] = {}
        self._used: dict[str, int] = {}

    def set(self, faults: dict[str, Fault]) -> None:
        """Replace all faults; the counts of `times` begin anew."""
        with self._lock:
            self._faults, self._used = dict(faults), {}

    def of(self, serial: str) -> Fault:
        """The fault of a terminal right now, NO_FAULT when it is sound."""
        with self._lock:
            self._refresh()
            fault = self._faults.get(serial, NO_FAULT)
            return NO_FAULT if self._is_spent(serial, fault) else fault

    def take(self, serial: str) -> Fault:
        """The fault of a login; uses up one of its `times`."""
        fault = self.of(serial)
        with self._lock:
            self._used[serial] = self._used.get(serial, 0) + 1
        return fault

    def _is_spent(self, serial: str, fault: Fault) -> bool:
        return fault.times is not None and self._used.get(serial, 0) >= fault.times

    def _refresh(self) -> None:
        if self.path is None:
            return
        try:
            found = self.path.stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            if stamp == self._stamp:
                return
            self._faults = _FILE.validate_json(self.path.read_bytes())
            self._used, self._stamp = {}, stamp
        except FileNotFoundError:
            self._faults, self._stamp = {}, None
        except (OSError, ValidationError) as problem:
            logger.warning("faults not readable, the last ones stay: %s", type(problem).__name__)

"""Every fault on every channel and kind of terminal on which it can happen: complete, or refused by class and phase.

A complete read holds exactly the planted records; each cell is read once at rest and twice with a growing counter.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from extractors.drivers.zk import Contact, read_log
from extractors.drivers.zk_frames import Deadlines
from extractors.errors import ReadFailed
from extractors.read import Reading, bounds_of, decode_log, read_terminal
from simulator.faults import Fault
from simulator.profiles import PROFILES
from simulator.server import Server
from tests.extractors.simulated import Simulated

pytestmark = pytest.mark.unit

COUNT = 420
PATIENT = Deadlines(connect_s=2, frame_s=4, no_progress_s=20)  # a busy machine is no fault of the line
QUICK = Deadlines(connect_s=1, frame_s=0.6, no_progress_s=2)  # where nothing comes any more
IMPATIENT = replace(PATIENT, whole_s=4)  # with a line that is busy for much longer
COMPLETE = ("complete", "")
Outcome = tuple[str, str]


@dataclass(frozen=True)
class FaultCase:
    """A fault, where it can happen, and how a read ends: the same everywhere, or by channel or kind."""

    name: str
    fault: dict[str, Any]
    ends: Outcome
    channels: tuple[str, ...] = ("tcp", "udp")
    kinds: tuple[str, ...] = ()
    otherwise: dict[str, Outcome] = field(default_factory=dict)
    deadlines: Deadlines | None = None


SENDING_ALL = ("LEGACY8", "LEGACY16")
BUFFERED = tuple(kind for kind, one in PROFILES.items() if one.has_buffer and not one.push_only)
READABLE = tuple(kind for kind, one in PROFILES.items() if not one.push_only)
A_FEW = ("F19", "ZEM500", "LEGACY16")  # where silence costs its whole deadline
ONE_OF_EACH = ("F19", "ZEM500", "BW8", "BW16", "LEGACY8", "LEGACY16", "MB560")
CUT = ("transient", "transfer")
NOBODY_ON_UDP = {"udp": ("transient", "connect")}

CASES = [
    FaultCase("nothing", {}, COMPLETE, kinds=READABLE),
    FaultCase("push only", {}, ("unsupported", "transfer"), kinds=("H5L",)),
    FaultCase("refused", {"refuse": True}, ("transient", "connect"), kinds=A_FEW),
    FaultCase("wrong key", {"wrong_key": True}, ("terminal", "login")),
    FaultCase("segments of 1 byte", {"segment": 1}, COMPLETE, channels=("tcp",)),
    FaultCase("segments of 7 bytes", {"segment": 7}, COMPLETE, channels=("tcp",)),
    FaultCase("latency", {"latency_s": 0.005}, COMPLETE),
    FaultCase("bandwidth", {"bytes_per_s": 1_000_000}, COMPLETE),
    FaultCase("slow loris", {"drip_s": 0.15}, ("transient", "login"), kinds=A_FEW, channels=("tcp",)),
    FaultCase("cut at the first byte", {"cut_after": 0}, ("transient", "login"), kinds=A_FEW, otherwise=NOBODY_ON_UDP),
    FaultCase("cut in the transfer", {"cut_after": 2500}, CUT, kinds=A_FEW),
    FaultCase("silent from the start", {"hang_after": 0}, ("transient", "login"), kinds=A_FEW, otherwise=NOBODY_ON_UDP),
    FaultCase("silent in the transfer", {"hang_after": 2500}, CUT, kinds=A_FEW),
    FaultCase("frames of 333 bytes", {"frame_bytes": 333}, COMPLETE),
    FaultCase("frames of 1008 bytes", {"frame_bytes": 1008}, COMPLETE),
    FaultCase("frames of 64 bytes", {"frame_bytes": 64}, COMPLETE),
    FaultCase("events between", {"events": True}, COMPLETE),
    FaultCase("ACK before DATA", {"early_ack": True}, COMPLETE),
    FaultCase("empty frames", {"empties": 40}, COMPLETE, channels=("tcp",)),
    FaultCase("empty frames for ever", {"empties": 100_000, "bytes_per_s": 8000}, CUT, kinds=A_FEW, channels=("tcp",),
              deadlines=IMPATIENT),
    FaultCase("small pieces, each late", {"frame_bytes": 64, "latency_s": 0.05}, CUT, kinds=("F19", "MB560"),
              channels=("udp",), deadlines=IMPATIENT),
    FaultCase("foreign sessions", {"foreign_sessions": True}, COMPLETE),
    FaultCase("restart", {"restart_at": 2, "frame_bytes": 400}, CUT),
    FaultCase("bad checksum", {"bad_checksum": 1}, CUT, otherwise={"udp": COMPLETE}),
    FaultCase("torn page", {"torn": 50}, COMPLETE),
    FaultCase("no known layout", {"wrong_layout": True}, ("unsupported", "decode")),
    FaultCase("fewer records than counted", {"lost_records": 10}, ("transient", "decode")),
    FaultCase("false length word", {"false_length": True}, ("transient", "decode")),
    FaultCase("1503 not allowed", {"refused": {1503: 2001}}, CUT, kinds=BUFFERED),
    FaultCase("1503 unknown and nothing else", {"refused": {1503: 65535}}, ("unsupported", "transfer"), kinds=BUFFERED),
    FaultCase("13 not allowed", {"refused": {13: 2001}}, ("unsupported", "transfer"), kinds=SENDING_ALL),
    FaultCase("everything but push", {"push_only": True}, ("unsupported", "transfer")),
    FaultCase("no sizes", {"refused": {50: 2001}}, ("unsupported", "sizes")),
    FaultCase("no clock", {"refused": {201: 2001}}, ("terminal", "sizes")),
    FaultCase("no serial", {"refused": {11: 2001}}, COMPLETE),
    FaultCase("a lost datagram", {"lose_at": (9,)}, COMPLETE, channels=("udp",)),
    FaultCase("every 30th datagram lost", {"lose": 0.033}, COMPLETE, channels=("udp",)),
    FaultCase("doubled datagrams", {"duplicate": 0.2}, COMPLETE, channels=("udp",)),
    FaultCase("datagrams out of order", {"reorder_at": (8, 11)}, COMPLETE, channels=("udp",)),
    FaultCase("lost, doubled and out of order", {"lose": 0.02, "duplicate": 0.1, "reorder": 0.05, "seed": 2},
              COMPLETE,
              channels=("udp",)),
]  # fmt: skip
GROWTH: tuple[dict[str, Any], ...] = ({}, {"grow": 7, "grow_in": "after"}, {"grow": 7, "grow_in": "snapshot"})


def cells() -> Iterator[Any]:
    for case in CASES:
        for kind in case.kinds or ONE_OF_EACH:
            for channel in PROFILES[kind].channels:
                if channel in case.channels:
                    yield pytest.param(case, kind, channel, id=f"{case.name}-{kind}-{channel}")


class Fleet:
    """All kinds in one server, each once at rest and twice growing."""

    def __init__(self) -> None:
        kinds = {kind for case in CASES for kind in case.kinds or ONE_OF_EACH}
        self.all = {
            (kind, number): Simulated(COUNT, kind, serial=f"{kind}-{number}")
            for kind in sorted(kinds)
            for number in range(len(GROWTH))
        }
        self.server = Server([sim.terminal for sim in self.all.values()])

    def set_faults(self, kind: str, fault: dict[str, Any]) -> None:
        faults = {}
        for number, growth in enumerate(GROWTH):
            self.all[kind, number].terminal.grown = False
            faults[f"{kind}-{number}"] = Fault.model_validate({**fault, **growth})
        self.server.faults.set(faults)
        self.server.open_and_close()

    def read(
        self, kind: str, channel: str, number: int, deadlines: Deadlines
    ) -> tuple[Simulated, Outcome, Reading | None]:
        sim = self.all[kind, number]
        try:
            reading = read_terminal(sim.address(channel), 0, sim.host_now, contact=Contact(), deadlines=deadlines)
        except ReadFailed as failure:
            return sim, (failure.error_class, failure.phase), None
        return sim, COMPLETE, reading


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    made = Fleet()
    with made.server:
        yield made


def require_planted(sim: Simulated, reading: Reading, torn: int) -> None:
    """Exactly the planted records, as many as the counter says, in their order; a torn page as rejects."""
    batch = reading.batch
    assert reading.log.counted_before <= batch.offered <= reading.log.counted_after
    assert len(batch.rejects) == torn
    planted = sim.records[batch.ordinal]
    assert np.array_equal(batch.punched_at.astype(np.int64), sim.appears_at[batch.ordinal])
    assert np.array_equal(batch.pin, planted["pin"])
    assert np.array_equal(batch.state, planted["state"])
    form = PROFILES[sim.state.profile].form
    assert np.array_equal(batch.verify, planted["verify"] & 3 if form == "zk8b" else planted["verify"])
    assert reading.log.layout is not None
    assert reading.log.layout.name == form


@pytest.mark.parametrize(("case", "kind", "channel"), cells())
def test_a_cell_is_complete_or_refused_by_class_and_phase(
    fleet: Fleet, case: FaultCase, kind: str, channel: str
) -> None:
    expected = case.otherwise.get(channel, case.ends)
    deadlines = case.deadlines or (QUICK if case.kinds is A_FEW else PATIENT)
    fleet.set_faults(kind, case.fault)
    with ThreadPoolExecutor(len(GROWTH)) as readers:
        reads = list(readers.map(lambda number: fleet.read(kind, channel, number, deadlines), range(len(GROWTH))))
    for sim, found, reading in reads:
        assert found == expected
        assert sim.terminal.is_enabled
        if reading is not None:
            require_planted(sim, reading, case.fault.get("torn", 0))


def test_the_matrix_is_wide() -> None:
    assert len(list(cells())) >= 40


LONG_BOOK = 100  # entries; more than one datagram or small answer holds
NO_ORDER = {"LEGACY8-udp": CUT, "LEGACY16-udp": CUT}  # a book in several datagrams without places
BOOK_CASES = [
    FaultCase("nothing", {}, COMPLETE, otherwise=NO_ORDER),
    FaultCase("not allowed", {"oplog": "refused"}, CUT, otherwise={
        "LEGACY8-tcp": ("unsupported", "transfer"), "LEGACY16-tcp": ("unsupported", "transfer"),
        "LEGACY8-udp": ("unsupported", "transfer"), "LEGACY16-udp": ("unsupported", "transfer"),
    }),
    FaultCase("unknown", {"oplog": "unknown"}, ("unsupported", "transfer")),
    FaultCase("never answered", {"oplog": "silent"}, CUT, kinds=A_FEW),
    FaultCase("cut within an entry", {"oplog": "torn"}, ("transient", "decode"), otherwise=NO_ORDER),
    FaultCase("fewer entries than counted", {"oplog": "short"}, ("transient", "decode"), otherwise=NO_ORDER),
    FaultCase("frames of 64 bytes", {"frame_bytes": 64}, COMPLETE, otherwise=NO_ORDER),
    FaultCase("events between", {"events": True}, COMPLETE, otherwise=NO_ORDER),
    FaultCase("lost datagrams", {"lose": 0.033}, COMPLETE, channels=("udp",), otherwise=NO_ORDER),
]  # fmt: skip


def book_cells() -> Iterator[Any]:
    for case in BOOK_CASES:
        for kind in case.kinds or ONE_OF_EACH:
            for channel in PROFILES[kind].channels:
                if channel in case.channels:
                    yield pytest.param(case, kind, channel, id=f"{case.name}-{kind}-{channel}")


@pytest.mark.parametrize(("case", "kind", "channel"), book_cells())
def test_a_book_is_whole_or_not_known_and_the_log_is_complete_all_the_same(
    fleet: Fleet, case: FaultCase, kind: str, channel: str
) -> None:
    sim = fleet.all[kind, 0]
    sim.terminal.operations = [(21 if number % 2 else 4, sim.now - LONG_BOOK + number) for number in range(LONG_BOOK)]
    fleet.set_faults(kind, case.fault)
    deadlines = QUICK if case.kinds is A_FEW else PATIENT

    log = read_log(sim.address(channel), 0, sim.host_now, wants_book=lambda _: True, deadlines=deadlines)

    require_planted(sim, Reading(log, decode_log(log, bounds_of(log.device_clock))), 0)
    assert log.book is not None
    assert log.book.counted == LONG_BOOK
    failure, oplog = log.book.failure, log.book.oplog
    expected = case.otherwise.get(f"{kind}-{channel}", case.ends)
    assert ((failure.error_class, failure.phase) if failure else COMPLETE) == expected
    assert (oplog is None) == (failure is not None)
    if oplog is not None:
        found = [(one.op_code, one.happened_at, one.admin, one.detail) for one in oplog.entries]
        assert found == [(code, wall(at), "1", "0\t0\t0\t0") for code, at in sim.terminal.operations]


def wall(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC).replace(tzinfo=None)

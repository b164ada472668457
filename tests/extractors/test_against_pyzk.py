"""pyzk 0.9 as a second reader: equal where it is sound; where it is not, its fault beside our answer."""

from __future__ import annotations

import struct
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from zk import ZK

from extractors.drivers.zk_frames import Deadlines
from extractors.errors import ReadFailed
from extractors.read import Reading, read_terminal
from tests.extractors.simulated import Simulated, simulated

pytestmark = pytest.mark.unit

COUNT = 200
QUICK = Deadlines(connect_s=1, frame_s=1, no_progress_s=3)


def pyzk(sim: Simulated, channel: str) -> list[Any]:
    """What pyzk makes of the terminal's log; its exceptions pass."""
    link = ZK("127.0.0.1", port=sim.state.port, timeout=2, ommit_ping=True, force_udp=channel == "udp")
    link.helper.test_tcp = lambda: 0
    link.connect()
    try:
        return list(link.get_attendance())
    finally:
        link._ZK__sock.close()


def ours(sim: Simulated, channel: str) -> Reading:
    return read_terminal(sim.address(channel), 0, sim.host_now, deadlines=QUICK)


def times(reading: Reading) -> list[datetime]:
    found: list[datetime] = reading.batch.punched_at.tolist()
    return found


@pytest.mark.parametrize(
    ("kind", "channel"),
    [("F18", "tcp"), ("F19", "tcp"), ("F19", "udp"), ("K40", "udp"), ("IFACE", "tcp"), ("BW16", "udp"), ("BW8", "udp")],
)
def test_both_read_the_same_where_pyzk_is_sound(kind: str, channel: str) -> None:
    with simulated(COUNT, kind) as sim:
        theirs, reading = pyzk(sim, channel), ours(sim, channel)

    assert [one.timestamp for one in theirs] == times(reading)
    assert [one.user_id for one in theirs] == [pin.decode() for pin in reading.batch.pin.tolist()]
    states, verifies = reading.batch.state.tolist(), reading.batch.verify.tolist()
    # pyzk names the fields of 16-byte records the other way round (kurenai-ryu/pyzk#5)
    as_pyzk = (verifies, states) if kind != "BW16" else (states, verifies)
    assert ([one.status for one in theirs], [one.punch for one in theirs]) == as_pyzk


@pytest.mark.parametrize(("kind", "channel"), [("ZEM500", "udp"), ("MA300", "udp")])
def test_packed_records_are_years_off_in_pyzk(kind: str, channel: str) -> None:
    with simulated(COUNT, kind) as sim:
        reading = ours(sim, channel)
        try:
            theirs = [one.timestamp for one in pyzk(sim, channel)]
        except ValueError:  # an impossible date among the rubbish
            theirs = []

    assert theirs != times(reading)
    assert times(reading) == sim.appears_at.astype("datetime64[s]").tolist()


def test_records_of_49_bytes_are_cut_at_40_by_pyzk() -> None:
    with simulated(COUNT, "SPEEDFACE") as sim:
        reading = ours(sim, "tcp")
        try:
            theirs = [one.timestamp for one in pyzk(sim, "tcp")]
        except ValueError:
            theirs = []

    assert theirs != times(reading)
    assert len(reading.batch) == COUNT


def test_push_only_firmware_is_no_data_to_pyzk_and_unsupported_to_us() -> None:
    with simulated(COUNT, "H5L") as sim:
        assert pyzk(sim, "tcp") == []
        with pytest.raises(ReadFailed) as failure:
            ours(sim, "tcp")

    assert (failure.value.error_class, failure.value.phase) == ("unsupported", "transfer")


def test_sizes_of_4_bytes_are_no_data_to_pyzk_and_asked_for_again_by_us() -> None:
    with simulated(COUNT, "WL20") as sim:
        assert pyzk(sim, "tcp") == []
        assert len(ours(sim, "tcp").batch) == COUNT


def test_one_impossible_date_costs_pyzk_the_whole_log_and_us_one_record() -> None:
    with simulated(COUNT, "F18") as sim:
        log = bytearray(sim.terminal.log)
        struct.pack_into("<I", log, 70 * 40 + 27, ((17 * 12 + 1) * 31 + 30) * 86_400)
        sim.terminal.log = memoryview(bytes(log))
        with pytest.raises(ValueError, match="day is out of range"):
            pyzk(sim, "tcp")
        reading = ours(sim, "tcp")

    assert (len(reading.batch), [one.ordinal for one in reading.batch.rejects]) == (COUNT - 1, [70])


def test_a_punch_during_the_read_of_8_byte_records_confuses_pyzk() -> None:
    with simulated(COUNT, "BW8") as sim:
        sim.fault(grow=1, grow_in="snapshot")
        try:
            theirs = [one.timestamp for one in pyzk(sim, "udp")]
        except Exception:  # whatever it raises, it has no log
            theirs = []
        sim.terminal.grown = False
        reading = ours(sim, "udp")

    assert theirs != times(reading)
    assert len(reading.batch) == COUNT


def test_lost_datagrams_are_lost_rows_to_pyzk_and_asked_for_again_by_us() -> None:
    with simulated(2000, "F19") as sim:
        sim.fault(lose_at=tuple(range(20, 400, 9)))
        try:
            theirs = [one.timestamp for one in pyzk(sim, "udp")]
        except Exception:  # it may also fail loudly
            theirs = []
        reading = ours(sim, "udp")

    assert theirs != times(reading)
    assert np.array_equal(reading.batch.punched_at.astype(np.int64), sim.appears_at)


@pytest.mark.parametrize("fault", [{"frame_bytes": 1500}, {"events": True}, {"segment": 9}])
def test_what_a_line_does_confuses_pyzk_and_not_us(fault: dict[str, object]) -> None:
    with simulated(COUNT, "F18") as sim:
        sim.fault(**fault)
        try:
            theirs: list[datetime] = [one.timestamp for one in pyzk(sim, "tcp")]
        except Exception:  # whatever it raises, it has no log
            theirs = []
        reading = ours(sim, "tcp")

    assert theirs != times(reading)
    assert times(reading) == sim.appears_at.astype("datetime64[s]").tolist()


def test_a_broken_checksum_is_no_matter_to_pyzk() -> None:
    with simulated(COUNT, "F18") as sim:
        sim.fault(bad_checksum=1)
        assert len(pyzk(sim, "tcp")) == COUNT
        with pytest.raises(ReadFailed, match="Jumlah uji"):
            ours(sim, "tcp")

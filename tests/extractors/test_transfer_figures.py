"""What a read moves and holds: bytes of a tail, memory of a whole log."""

import tracemalloc

import pytest

from extractors.drivers.zk import Contact, KnownLog, read_log
from extractors.layouts import BY_NAME
from extractors.read import read_terminal
from simulator.forms import SIZES
from simulator.profiles import PROFILES
from tests.extractors.simulated import simulated

pytestmark = pytest.mark.unit

COUNT, NEW = 100_000, 200


@pytest.mark.parametrize(("kind", "channel"), [("F19", "tcp"), ("F19", "udp"), ("SPEEDFACE", "tcp")])
def test_a_tail_moves_at_most_twice_the_bytes_of_its_new_records(kind: str, channel: str) -> None:
    form = PROFILES[kind].form
    contact = Contact()
    with simulated(COUNT, kind) as sim:
        end = sim.now
        sim.now = int(sim.appears_at[COUNT - NEW - 1])
        tail = read_log(sim.address("tcp"), 0, sim.host_now).tail_sha256
        sim.now = end
        sim.fault(bytes_per_s=200_000)
        log = read_log(
            sim.address(channel),
            0,
            sim.host_now,
            known=KnownLog(COUNT - NEW, BY_NAME[form], tail),
            contact=contact,
        )

    assert (log.known_count, len(log.records)) == (COUNT - NEW, NEW * SIZES[form])
    assert contact.bytes_received <= 2 * NEW * SIZES[form]


@pytest.mark.parametrize("kind", ["F18", "SPEEDFACE"])
def test_a_read_holds_at_most_three_times_its_log(kind: str) -> None:
    with simulated(COUNT, kind) as sim:
        read_terminal(sim.address(), 0, sim.host_now)  # the terminal has its data set ready
        tracemalloc.start()
        reading = read_terminal(sim.address(), 0, sim.host_now)
        held = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert len(reading.batch) == COUNT
    assert held <= 3 * COUNT * SIZES[PROFILES[kind].form]
